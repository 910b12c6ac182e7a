import Channels
import Foundation
import Messages
import Support
import Testing
import Wire

/// The vendor's own SDK makes the same body of the same values. It is asked where
/// `BALANCEALERT_SDK_PYTHON` names a Python that has it, or the virtual environment of one.
@Suite struct SendGridSDKTests {
  @Test func theSDKSendsTheSameBody() throws {
    guard let named = ProcessInfo.processInfo.environment["BALANCEALERT_SDK_PYTHON"] else {
      print("not compared with SendGrid's SDK: BALANCEALERT_SDK_PYTHON is not set")
      return
    }
    let inside = "\(named)/bin/python3"
    let interpreter = FileManager.default.isExecutableFile(atPath: inside) ? inside : named
    let sendgrid = try ChannelCase.named("sendgrid")
    for var message in [
      Sample.reminder(for: sendgrid), Sample.message(for: sendgrid, name: "Ö & Ü"),
    ] {
      message.cc = ["dana@harbour.example"]
      guard case .http(let request) = try sendgrid.channel().request(for: message) else { return }
      let values: [String: Any] = [
        "from": "accounts@harbour.example", "from_name": "Harbour Lettings, accounts",
        "reply_to": "credit@harbour.example", "to": message.recipient ?? "",
        "to_name": message.recipientName ?? "", "cc": message.cc, "subject": message[.subject],
        "text": message[.text], "html": message[.html], "category": "balancealert",
        "group": 12345, "arguments": ["balancealert_delivery": message.deliveryID],
        "headers": [
          "Auto-Submitted": "auto-generated", "X-Balancealert-Delivery": message.deliveryID,
        ],
      ]
      let script = ChannelCase.repository.appending(path: "Tests/ChannelsTests/SDK/sdk_sendgrid.py")
      let theirs = try python(
        [script.path()],
        input: JSONSerialization.data(withJSONObject: values),
        executable: interpreter
      )
      #expect(try object(theirs) == object(Data(request.body ?? [])))
    }
  }

  private func object(_ data: Data) throws -> NSDictionary {
    try #require(JSONSerialization.jsonObject(with: data) as? NSDictionary)
  }
}
