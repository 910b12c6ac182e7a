import Foundation
import Support
import Testing

/// The real program, as people use it: `Transcripts/*.test`.
struct TranscriptTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Transcripts")

  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".test") }.sorted()
  }()

  @Test func thereAreTranscripts() { #expect(Self.names.count >= 9) }

  @Test(arguments: names)
  func theProgramTalksAsWritten(_ name: String) async throws {
    let transcript = try Transcript(Self.folder.appending(path: name))
    #expect(transcript.commands > 0)
    let text = try await transcript.play(Binary())
    let difference = Golden.difference(of: text, from: "Transcripts/\(name)")
    #expect(difference == nil, "\(difference ?? "")")
  }
}
