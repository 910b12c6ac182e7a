import Foundation

// Years of passes, each out of one seed.
//
//   simulate YEARS [FIRST_SEED]      so many years; exit 1 when a law was broken. Several at a time
//                                    make use of several cores
//   simulate seed SEED               one year, day by day

func say(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }

// A seed is the same year on every run; dictionaries must not have an order of the day.
if ProcessInfo.processInfo.environment["SWIFT_DETERMINISTIC_HASHING"] == nil {
  setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
  var words: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) } + [nil]
  execv(CommandLine.arguments[0], &words)
}

let arguments = Array(CommandLine.arguments.dropFirst())

if arguments.first == "seed", let seed = arguments.dropFirst().first.flatMap({ UInt64($0) }) {
  var year = try SimYear(seed: seed)
  try await year.play(verbose: true)
  for problem in year.problems { say(problem) }
  exit(year.problems.isEmpty ? 0 : 1)
}
guard let years = arguments.first.flatMap({ UInt64($0) }) else {
  say("usage: simulate YEARS [FIRST_SEED] | simulate seed SEED")
  exit(64)
}
let first = arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1
let started = Date()
var tally = SimYear.Tally()
var problems: [String] = []
// One after the other: several processes are faster than several threads.
for seed in first..<first + years {
  do {
    var year = try SimYear(seed: seed)
    try await year.play()
    tally += year.tally
    problems += year.problems.map { "seed \(seed): \($0)" }
  } catch {
    problems.append("seed \(seed): \(error)")
  }
}
for problem in problems.prefix(30) { say(problem) }
say(
  "\(years) years (seeds \(first) to \(first + years - 1)), \(tally.days) days in"
    + " \(Int(Date().timeIntervalSince(started))) s: \(tally.passes) passes, \(tally.previews) of"
    + " them previewed, \(tally.deaths) cut short by death,"
    + " \(tally.losses) of them lost what they wrote last; \(tally.alerts) alerts,"
    + " \(tally.messages) messages taken")
say(
  "faults: \(tally.sourceFaults) of sources, \(tally.channelFaults) of channels,"
    + " \(tally.clockJumps) jumps of the clock, \(tally.edits) edits of the config,"
    + " \(tally.silences) silences")
say(
  problems.isEmpty
    ? "every law held" : "\(problems.count) breaches; replay with: simulate seed SEED")
exit(problems.isEmpty ? 0 : 1)
