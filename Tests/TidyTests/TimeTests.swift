import Testing

/// Tests judge by what happens, and not by seconds: Tests/Support/MachineTime.swift says how.
struct TimeTests {
  private static func ban(
    _ word: String, instead: String, except names: String...
  ) -> WordTests.Ban {
    WordTests.Ban(
      word: word, instead: instead, folders: ["Tests"], except: names.map { "Tests/\($0)" })
  }

  static let bans = [
    ban(".timeLimit", instead: "nothing: a limit is a coin on a busy machine"),
    ban("Task.sleep", instead: "a handshake, or the clock that is handed in"),
    ban("Thread.sleep", instead: "a handshake, or letPass"),
    ban("usleep(", instead: "a handshake, or letPass"),
    ban("nanosleep(", instead: "letPass", except: "Support/MachineTime.swift"),
    ban("poll(nil", instead: "letPass"),
    ban("asyncAfter(", instead: "an event", except: "CommandsTests/HangingWorld.swift"),
    ban(
      "letPass(", instead: "a handshake",
      except: "Support/MachineTime.swift", "Support/LoopbackServer.swift", "Killer/main.swift",
      "CommandsTests/TokenKillTests.swift"),
    // Where an instant is handed to the code under test, or the machine's measure is taken.
    ban(
      "ContinuousClock", instead: "steps, bytes or events",
      except: "Killer/main.swift", "WireTests/TestClock.swift", "PassTests/PatienceTests.swift",
      "ConfigurationTests/SetupTests.swift", "Fuzz/Targets/SourceTargets.swift"),
    ban("SuspendingClock", instead: "steps, bytes or events"),
    ban("timeout: .seconds(", instead: ".ample, or what `growing` gives"),
    ban("timeout: .milliseconds(", instead: ".ample, or what `growing` gives"),
    ban("Timeout: .seconds(", instead: ".ample, or what `growing` gives"),
    ban("Timeout: .milliseconds(", instead: ".ample, or what `growing` gives"),
    // Whoever is waited for may need the thread.
    ban(
      "Task.yield", instead: "until",
      except: "WireTests/SessionTests.swift", "PassTests/DispatchTests.swift"),
    ban("Process()", instead: "Running or Helper"),
  ]

  /// Tests/run.sh leaves these out of the other parts, and runs them alone.
  @Test func suitesThatLetTimePassAreKnownByTheirNamesAndRunInARow() {
    var seen = 0
    for file in Tree.swift("Tests") {
      let isTimed = file.name.hasPrefix("Timed")
      for line in file.code where line.contains("struct ") && line.contains("Tests") {
        let isSuite = line.contains("struct Timed")
        #expect(isSuite == isTimed, "\(file.path): a file and its suite are named alike")
        if !isSuite { continue }
        seen += 1
        #expect(line.hasPrefix("@Suite(.serialized) struct Timed"), "\(file.path): serialized")
      }
      let grows = file.code.contains { $0.contains("growing(") || $0.contains("Pace.") }
      let isHelper = ["HangingWorld.swift", "MachineTime.swift"].contains(file.name)
      #expect(!grows || isTimed || isHelper, "\(file.path): a suite that waits is Timed…")
    }
    #expect(seen >= 5)
    let script = Tree.files.first { $0.path == "Tests/run.sh" }?.text ?? ""
    #expect(script.contains(#"timed) arguments=(--filter '\.Timed')"#))
  }
}
