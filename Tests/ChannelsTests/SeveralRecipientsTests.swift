import Channels
import Foundation
import Messages
import Outbox
import Receivables
import Testing
import Wire

/// A customer with several addresses.
struct SeveralRecipientsTests {
  private static let both = ["accounts@tenant.example", "pat@tenant.example"]

  private func message(for channel: ChannelCase) -> Message {
    var message = Sample.reminder(for: channel)
    message.recipient = "accounts@tenant.example, pat@tenant.example"
    // The copy is one of them.
    message.cc = ["PAT@tenant.example", "boss@harbour.example"]
    return message
  }

  /// The addresses of the request, found in the text of it.
  @Test(
    "One message goes to all of them, through every channel that takes several",
    arguments: ["smtp", "gmail", "outlook", "sendgrid"]
  )
  func together(name: String) throws {
    let channel = try ChannelCase.named(name)
    #expect(channel.type.traits.takesSeveral)
    let text: String
    switch try channel.channel().request(for: message(for: channel)) {
    case .mail(let mail):
      #expect(mail.recipients == Self.both + ["boss@harbour.example"])
      text = String(decoding: mail.message, as: UTF8.self)
    case .http(let http):
      var body = String(decoding: http.body ?? [], as: UTF8.self)
      if name == "gmail", let raw = body.split(separator: "\"").last(where: { $0.count > 100 }) {
        let base64 = String(raw).replacing("-", with: "+").replacing("_", with: "/")
        let padded = base64 + String(repeating: "=", count: (4 - base64.count % 4) % 4)
        body = String(decoding: [UInt8](try #require(Data(base64Encoded: padded))), as: UTF8.self)
      }
      text = body
    default:
      Issue.record("no request that goes anywhere")
      return
    }
    for address in Self.both + ["boss@harbour.example"] { #expect(text.contains(address)) }
    #expect(!text.contains("PAT@"))
  }

  @Test("Where the answer tells of each by itself, or a message is a person's, each gets its own")
  func apart() throws {
    for name in ["mailchimp", "intercom"] {
      #expect(try !ChannelCase.named(name).type.traits.takesSeveral)
    }
  }

  @Test("One bad address among them and nothing is sent")
  func oneIsBad() throws {
    let channel = try ChannelCase.named("smtp")
    var message = message(for: channel)
    message.recipient = "accounts@tenant.example, pat"
    #expect(throws: Unsendable(.recipient, "not a valid e-mail address")) {
      try channel.channel().request(for: message)
    }
  }
}
