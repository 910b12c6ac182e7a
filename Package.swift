// swift-tools-version: 6.2
import PackageDescription

/// Tests/Fuzz/run.sh alone sets it: the same modules with libFuzzer's counters and ASan's checks.
let isFuzzing = Context.environment["BALANCEALERT_FUZZ"] != nil
let sanitizers = ["-sanitize=fuzzer,address"]

/// One list for every target: Swift 6 mode, no warnings, and imports that must be declared.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]
let moduleSettings =
  settings + (isFuzzing ? [.unsafeFlags(sanitizers + ["-enable-testing"])] : [])

let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [],
  plugins: [Target.PluginUsage] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/\(name)", exclude: exclude,
    swiftSettings: moduleSettings, plugins: plugins)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["Support"], path: "Tests/\(name)", exclude: exclude,
    swiftSettings: settings)
}

/// Every input that a stranger or a file can hand in, behind one function each. In an ordinary build
/// their corpus is a test; Tests/Fuzz/run.sh builds a fuzzer of them.
let fuzzed: [Target.Dependency] = [
  "Accounting", "Channels", "Commands", "Configuration", "Messages", "Outbox", "Receivables",
  "Settings", "Wire", yams, crypto,
]
let fuzzing: [Target] =
  isFuzzing
  ? [
    .target(
      name: "FuzzTargets", dependencies: fuzzed, path: "Tests/Fuzz/Targets",
      swiftSettings: moduleSettings),
    .executableTarget(
      name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Driver",
      linkerSettings: [.unsafeFlags(sanitizers)]),
  ]
  : [tests("Fuzz", fuzzed, exclude: ["Driver", "corpus", "crashes", "run.sh"])]

let package = Package(
  name: "balancealert",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "balancealert", targets: ["balancealert"])],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    .systemLibrary(
      name: "CCurl", path: "Sources/CCurl", pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
    module("Receivables"),
    module("Failpoints"),
    .systemLibrary(name: "CSpawn", path: "Sources/CSpawn"),
    module("Host", ["CSpawn"]),
    module("Settings", ["Receivables"]),
    module("Wire", ["CCurl", "Host", crypto, cryptoExtras]),
    module("Rules", ["Receivables"]),
    module(
      "Messages", ["Host", "Receivables", mustache], exclude: ["Builtin"],
      plugins: ["AdapterListPlugin"]),
    module("Outbox", ["Receivables", "Rules", crypto]),
    module(
      "Accounting", ["Host", "Wire", "Settings", "Receivables", crypto],
      plugins: ["AdapterListPlugin"]),
    module(
      "Channels", ["Receivables", "Wire", "Settings", "Messages", "Outbox", crypto],
      plugins: ["AdapterListPlugin"]),
    module(
      "State", ["Receivables", "Rules", "Outbox", "Failpoints", "Host", grdb, sqlite, crypto]),
    module("Configuration", ["Host", "Settings", "Receivables", "Rules", "Outbox", yams]),
    module(
      "Pass",
      [
        "Receivables", "Settings", "Wire", "Rules", "Messages", "Outbox", "Accounting", "Channels",
        "State", "Configuration", "Failpoints", "Host", logging,
      ]),
    module(
      "Commands",
      [
        "Pass", "Accounting", "Channels", "Configuration", "Host", "Messages", "Outbox",
        "Receivables", "Rules", "Settings", "State", "Wire", arguments, logging,
      ]),
    .executableTarget(
      name: "balancealert", dependencies: ["Commands", "Host"], path: "Sources/balancealert",
      swiftSettings: settings),
    .executableTarget(
      name: "AdapterListTool", path: "Sources/AdapterList/Tool", swiftSettings: settings),
    .plugin(
      name: "AdapterListPlugin", capability: .buildTool(), dependencies: ["AdapterListTool"],
      path: "Sources/AdapterList/Plugin"),
    .target(
      name: "Support", dependencies: ["Wire", "Receivables", "Host"], path: "Tests/Support",
      swiftSettings: settings),
    .executableTarget(
      name: "LoopbackSink", dependencies: ["Support"], path: "Tests/Benchmarks/LoopbackSink",
      swiftSettings: settings),
    .executableTarget(
      name: "killer", dependencies: ["Failpoints", "Outbox", "State", "Support"],
      path: "Tests/Killer", swiftSettings: settings),
    .executableTarget(
      name: "simulate",
      dependencies: [
        "Pass", "Configuration", "Outbox", "Receivables", "Rules", "State", "Wire", "Support",
      ],
      path: "Tests/Simulator", swiftSettings: settings),
    tests("ReceivablesTests", ["Receivables"]),
    tests("SettingsTests", ["Settings", "Receivables"]),
    tests("HostTests", ["Host"]),
    tests("WireTests", ["Wire", "CCurl"]),
    tests("RulesTests", ["Rules", "Receivables"], exclude: ["Tables"]),
    tests("OutboxTests", ["Outbox", "Rules", "Receivables"]),
    tests("MessagesTests", ["Messages", "Receivables"], exclude: ["Goldens"]),
    tests("AccountingTests", ["Accounting", "Wire", "Settings", "Receivables", crypto]),
    tests(
      "ChannelsTests",
      ["Channels", "Wire", "Settings", "Messages", "Outbox", "Receivables", yams, crypto],
      exclude: ["SDK"]),
    tests("StateTests", ["State", "Receivables", "Rules", "Outbox", grdb]),
    tests(
      "ConfigurationTests", ["Configuration", "Settings", "Receivables", "Rules", "Outbox"],
      exclude: ["Reference"]),
    tests(
      "PassTests",
      [
        "Pass", "Receivables", "Settings", "Wire", "Rules", "Messages", "Outbox", "Accounting",
        "Channels", "State", "Configuration",
      ], exclude: ["Goldens"]),
    // The real program is run, so it has to be built.
    tests(
      "CommandsTests",
      ["Commands", "Failpoints", "balancealert", "killer", "simulate", crypto],
      exclude: ["Transcripts", "Reference"]),
    tests("TidyTests", []),
  ] + fuzzing
)
