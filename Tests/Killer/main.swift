import Failpoints
import Foundation
import Support
import Synchronization

// Kills the real program, at every failpoint or at random, and counts what was lost, doubled, held.
//
//   killer BINARY failpoints [CUSTOMERS]
//       every failpoint in turn; four deliveries a customer
//   killer BINARY random KILLS [CUSTOMERS] [SEED]
//       at random times, until so many kills were survived
//
// Exit 1 when something was lost, or doubled where it must not be.

func say(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }

func count(_ index: Int, _ fallback: Int) -> Int {
  CommandLine.arguments.count > index ? Int(CommandLine.arguments[index]) ?? fallback : fallback
}

func row(_ name: String, _ outcome: Town.Outcome) -> String {
  func cell(_ count: Town.Count) -> String { "\(count.lost) / \(count.doubled) / \(count.held)" }
  return "| \(name) | \(cell(outcome.idempotent)) | \(cell(outcome.searchable))"
    + " | \(cell(outcome.hold)) | \(cell(outcome.resend)) |"
    + (outcome.flaws.isEmpty ? "" : " \(outcome.flaws.joined(separator: "; "))")
}

func isGood(_ outcome: Town.Outcome) -> Bool {
  outcome.flaws.isEmpty
    && [outcome.idempotent, outcome.searchable, outcome.hold, outcome.resend]
      .allSatisfy { $0.lost == 0 }
    && outcome.idempotent.doubled == 0 && outcome.searchable.doubled == 0
    && outcome.hold.doubled == 0 && outcome.idempotent.held == 0 && outcome.searchable.held == 0
}

let header = """
  | killed at | idempotent | searchable | neither, `hold` | neither, `resend` |
  |---|---|---|---|---|
  """

/// Each failpoint, the first time it is met and somewhere in the middle.
func failpoints(_ binary: String, customers: Int) async throws -> Bool {
  say("lost / doubled / held, of \(customers) deliveries each\n")
  say(header)
  var isWell = true
  for place in Failpoint.allCases {
    for time in [1, max(2, customers / 3)] {
      let town = try Town(binary, customers: customers)
      defer { town.platforms.stop() }
      let killed = try await town.start(failpoint: "\(place.rawValue):\(time)").end()
      // A place that is met once is not met a second time.
      if killed.status != SIGKILL {
        if time == 1 {
          say("| `\(place.rawValue)` | not met: \(killed.status) \(killed.errors.prefix(200)) |")
          isWell = false
        }
        continue
      }
      try await town.finish()
      let outcome = try town.outcome()
      isWell = isWell && isGood(outcome)
      say(row("`\(place.rawValue)`\(time > 1 ? ", \(time)th time" : "")", outcome))
    }
  }
  return isWell
}

/// Kills by the clock and by the count of requests, in turn.
func random(_ binary: String, kills wanted: Int, customers: Int, seed: UInt64) async throws -> Bool
{
  var chance = SplitMix64(seed: seed)
  var kills = 0
  var rounds = 0
  var total = Town.Outcome()
  var isWell = true
  var pass = Duration.zero
  while kills < wanted {
    rounds += 1
    let town = try Town(binary, customers: customers)
    defer { town.platforms.stop() }
    if pass == .zero {
      // One undisturbed, to know how long a pass takes.
      let started = ContinuousClock.now
      _ = try await town.start().end()
      pass = ContinuousClock.now - started
      continue
    }
    // A town is killed until its messages are out, and then the next one is.
    while kills < wanted {
      let running = try town.start()
      if kills % 2 == 0 {
        let after = pass * chance.int(0...1000) / 1000
        Thread { [running] in
          letPass(after)
          running.kill()
        }.start()
      } else {
        let before = town.platforms.memory.withLock { $0.requests }
        let more = chance.int(1...max(1, customers))
        town.platforms.watch.withLock {
          $0 = { number in if number >= before + more { running.kill() } }
        }
      }
      let ended = await running.end()
      town.platforms.watch.withLock { $0 = nil }
      guard ended.status == SIGKILL else {
        break
      }
      kills += 1
    }
    try await town.finish()
    let outcome = try town.outcome()
    isWell = isWell && isGood(outcome)
    add(outcome, to: &total)
    if !isGood(outcome) { say(row("round \(rounds)", outcome)) }
  }
  say("\(kills) kills in \(rounds - 1) rounds of \(4 * customers) deliveries (seed \(seed)):")
  say("lost / doubled / held\n")
  say(header)
  say(row("at random", total))
  return isWell
}

func add(_ outcome: Town.Outcome, to total: inout Town.Outcome) {
  func add(_ count: Town.Count, _ sum: inout Town.Count) {
    sum.lost += count.lost
    sum.doubled += count.doubled
    sum.held += count.held
  }
  add(outcome.idempotent, &total.idempotent)
  add(outcome.searchable, &total.searchable)
  add(outcome.hold, &total.hold)
  add(outcome.resend, &total.resend)
  total.flaws += outcome.flaws
}

let arguments = CommandLine.arguments
let isWell: Bool
switch arguments.count > 2 ? arguments[2] : "" {
case "failpoints":
  isWell = try await failpoints(arguments[1], customers: count(3, 25))
case "random":
  isWell = try await random(
    arguments[1], kills: count(3, 20), customers: count(4, 250), seed: UInt64(count(5, 1)))
default:
  say("usage: killer BINARY failpoints [CUSTOMERS] | random KILLS [CUSTOMERS] [SEED]")
  exit(64)
}
exit(isWell ? 0 : 1)
