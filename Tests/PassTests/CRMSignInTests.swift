import Channels
import Configuration
import Outbox
import Pass
import Settings
import Testing
import Wire

/// How the CRMs sign in, from the config to the addresses.
@Suite struct CRMSignInTests {
  @Test(arguments: [
    ("", "accounts.zoho.com"), ("data_centre: eu", "accounts.zoho.eu"),
    ("data_centre: com.au", "accounts.zoho.com.au"), ("data_centre: ca", "accounts.zohocloud.ca"),
  ])
  func zohoSignsInWhereTheAccountLives(_ line: String, _ host: String) throws {
    let channel = try OneChannel.channel(
      """
      type: zoho
      module: Accounts
      key: { K: account.id }
      fields: { Balance: balance }
      auth: { grant: refresh_token, client_id: env:ID, client_secret: env:SECRET }
      \(line)
      """
    )
    let settings = try #require(channel.signIn)
    #expect(settings.tokenURL == "https://\(host)/oauth/v2/token")
    #expect(settings.tokenScheme == "Zoho-oauthtoken")
    let consent = try #require(channel.traits.signIn?.consent)
    let page = ConsentFlow(settings, consent, redirect: "https://harbour.example/zoho").url
    #expect(page.hasPrefix("https://\(host)/oauth/v2/auth?"))
    #expect(page.contains("access_type=offline"))
    #expect(page.contains("scope=ZohoCRM.modules.ALL%2CZohoCRM.coql.READ"))
  }

  @Test func aTokenURLOfTheConfigIsTakenAsItIs() throws {
    let channel = try OneChannel.channel(
      """
      type: zoho
      module: Accounts
      key: { K: account.id }
      fields: { Balance: balance }
      token_url: http://127.0.0.1:9000/token
      auth: { grant: refresh_token, client_id: env:ID, client_secret: env:SECRET }
      """
    )
    #expect(channel.signIn?.tokenURL == "http://127.0.0.1:9000/token")
  }

  @Test(arguments: [
    ("fields: { A__c: balance }", Guarantee.idempotent),
    ("fields: { A__c: balance }\nflow: Balance_Alert", .neither),
    ("email_alert: Overdue", .neither),
  ])
  func salesforcePromisesWhatItsWaysAllow(_ lines: String, _ guarantee: Guarantee) throws {
    let channel = try OneChannel.channel(
      """
      type: salesforce
      object: Account
      key: { K__c: account.id }
      auth: { grant: client_credentials, client_id: env:ID, client_secret: env:SECRET }
      token_url: https://harbour.my.salesforce.com/services/oauth2/token
      \(lines)
      """
    )
    #expect(channel.profile.policy.guarantee == guarantee)
  }
}
