import Accounting
import ArgumentParser
import Configuration
import Foundation
import Pass
import Receivables
import Wire

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Validate the config, the templates and the directory.",
    discussion:
      "Opens no connection, unless --online is given; sends and changes nothing either way."
  )

  @OptionGroup var common: CommonOptions

  @Flag(help: "Also sign in to each source, and say what is found there.")
  var online = false

  func run() async throws {
    common.prepareLog()
    try await ExitStatus.running {
      let assembly = try common.assembly(isReplay: false)
      for warning in assembly.warnings { Log.shared.warning(warning) }
      for warning in try await assembly.directoryWarnings() { Log.shared.warning(warning) }
      let setup = assembly.setup
      Output.print(
        "\(setup.file): \(counted(setup.sources.count, "source")),"
          + " \(counted(setup.channels.count, "channel")),"
          + " \(counted(setup.rules.count, "rule")): no errors\n"
      )
      return online ? try await look(assembly) : .done
    }
  }

  /// One source that cannot be reached does not keep the others from being looked at.
  private func look(_ assembly: Assembly) async throws -> ExitStatus {
    let options = PassOptions(now: common.moment(in: assembly.setup.zone))
    return try await withCurlTransport { transport in
      var worst = ExitStatus.done
      for source in assembly.sources {
        let connection = SourceConnection(source, of: assembly, over: transport, options: options)
        do throws(SourceError) {
          let found = try await source.adapter.inspect(over: connection.session, now: options.now)
          Output.print(Self.text(source, found))
          for notice in found.notices {
            Log.shared.warning("\(source.name): \(assembly.redactor.redact(notice))")
          }
        } catch {
          let (status, why) = ExitStatus.explain(error)
          Log.shared.error("\(source.name): \(assembly.redactor.redact(why))")
          worst = ExitStatus.worse(worst, status)
        }
      }
      return worst
    }
  }

  private static func text(_ source: Assembly.Source, _ found: Inspection) -> String {
    var parts = [found.organisation, found.currency, found.timeZone].compactMap { $0 }
    if let count = found.openInvoices { parts.append(counted(count, "open invoice")) }
    parts += found.limits
    return Output.line("\(source.name) (\(source.traits.title)): \(parts.joined(separator: ", "))")
      + "\n"
  }
}
