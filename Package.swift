// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Settings of every Swift target: Swift 6 language mode comes with the tools version.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "tidemill",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "tidemill", targets: ["tidemill"])
    ],
    dependencies: [
        // SQLite connections, WAL pool, migrations: the embedded store.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // The command line: parsing, help, completion, exit codes.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // config.toml, with the line of each key.
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        // Structured logs.
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        // Start order, signals and graceful shutdown of the worker's services.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
        // Deque: bounded hand-over queues.
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        // SHA-256 of deliveries and script versions; keyed hashes of idempotency keys.
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        // The HTTP door: connections, requests and answers as streams, TLS, draining.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.20.0"),
        // The other end of it: commands that ask a server by `--url`, and charges by a payment service. Foundation's own
        // client brings libcurl and 27 libraries after it, and cannot be linked into one file.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        // Names of header fields and methods, as the server's library has them.
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        // Buffers, addresses and threads of that library, and what its pipelines carry.
        .package(url: "https://github.com/apple/swift-nio", from: "2.90.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.30.0"),
        // Certificates of the listener.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.34.0"),
    ],
    targets: [
        // L0: C and C++. Lua and simdjson never meet Swift directly. Arrows go one way: CEvents calls CLuaSupport for the
        // rules of an event, both call CJSON, all three CBase, and none the one that calls it.
        // Instants, decimals, misspelt words: what Swift, C++ and Lua must do alike is written once, here.
        .target(name: "CBase", cSettings: [.unsafeFlags(["-O2"])]),
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        // simdjson has no system library target: its pkg-config asks for a flag that the package manager refuses.
        .target(
            name: "CJSON", cxxSettings: [.unsafeFlags(["-O2"])],
            linkerSettings: [.linkedLibrary("simdjson")]),
        // Compressed deliveries, unpacked piece by piece.
        .target(
            name: "CPacked", dependencies: ["CZstd"], cSettings: [.unsafeFlags(["-O2"])],
            linkerSettings: [.linkedLibrary("z")]),
        .target(name: "CLuaSupport", dependencies: ["CBase", "CLua", "CJSON"], cSettings: [.unsafeFlags(["-O2"])]),
        // The few Linux calls of the worker that Swift's Glibc does not show: exclusive rename, leases, syncfs, trimming.
        .target(name: "CSpool"),
        // What a process must settle before main, or before its first thread: arguments, standard streams, stacks.
        .target(name: "CProcess"),
        .target(
            name: "CEvents", dependencies: ["CBase", "CJSON", "CLuaSupport"], cxxSettings: [.unsafeFlags(["-O2"])],
            linkerSettings: [.linkedLibrary("simdjson")]),

        // L1
        .target(name: "TidemillVersion", swiftSettings: house, plugins: ["BuildCommit"]),
        .plugin(name: "BuildCommit", capability: .buildTool()),
        .target(
            name: "TidemillCore",
            dependencies: ["CBase", .product(name: "DequeModule", package: "swift-collections")],
            swiftSettings: house),

        // L2: the API, which a backend elsewhere needs too: no store, and of C the parser of JSON. Beside it the store.
        .target(name: "TidemillOperations", dependencies: ["TidemillCore", "CJSON"], swiftSettings: house),
        .target(
            name: "TidemillStore",
            dependencies: [
                "TidemillCore",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], swiftSettings: house),

        // L4: the API's operations at the hosted service.
        .target(
            name: "TidemillStigg",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillGraphQL", "TidemillVersion",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], swiftSettings: house),

        // L3: documents of GraphQL clients, executed over the operation table.
        .target(
            name: "TidemillGraphQL",
            dependencies: [
                "TidemillCore", "TidemillOperations", .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: house),
        // L3: what is calculated and who is paid, without a store; what files become, on their way to an event sink.
        .target(name: "TidemillPricing", dependencies: ["TidemillCore", "TidemillOperations"], swiftSettings: house),
        .target(
            name: "TidemillPayments",
            dependencies: [
                "TidemillCore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], swiftSettings: house),
        .target(
            name: "TidemillIngest",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "CLuaSupport", "CEvents", "CPacked",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
            ], swiftSettings: house),

        // L4
        .target(
            name: "TidemillEngine",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "TidemillPricing", "TidemillPayments",
                "TidemillIngest", "CLuaSupport", "CEvents", "CZstd",
                .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: house),
        .target(
            name: "TidemillScripting",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "CLuaSupport",
                .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: house),
        .target(
            name: "TidemillTriggers",
            dependencies: [
                "TidemillCore", "CSpool",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: house),

        // L5: runs of jobs and grant rules.
        .target(
            name: "TidemillRuns",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "TidemillEngine", "TidemillScripting",
                "TidemillTriggers",
                .product(name: "DequeModule", package: "swift-collections"),
            ], swiftSettings: house),

        // L6
        .target(
            name: "TidemillWorker",
            dependencies: [
                "TidemillCore", "TidemillEngine", "TidemillIngest", "TidemillPayments", "TidemillOperations",
                "TidemillStore", "TidemillTriggers", "TidemillRuns", "TidemillScripting", "CSpool",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "DequeModule", package: "swift-collections"),
            ], swiftSettings: house),

        // L6, beside the worker: the table by HTTP. It knows backends, not the engine; of runs, how writes share a
        // transaction.
        .target(
            name: "TidemillServer",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "TidemillRuns", "TidemillDisplay",
                "TidemillGraphQL",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
            ], exclude: ["Dashboard/Assets"], swiftSettings: house),

        // How values are told to people, by the command line and by pages alike.
        .target(
            name: "TidemillDisplay", dependencies: ["TidemillCore", "TidemillOperations"], swiftSettings: house),

        // L7, L8
        .target(
            name: "TidemillApp",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "TidemillPricing", "TidemillPayments",
                "TidemillEngine", "TidemillIngest", "TidemillScripting", "TidemillTriggers", "TidemillRuns",
                "TidemillDisplay", "TidemillServer", "TidemillStigg", "TidemillVersion", "TidemillWorker", "CProcess",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "TOMLKit", package: "TOMLKit"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: house),
        .executableTarget(name: "tidemill", dependencies: ["TidemillApp"], swiftSettings: house),

        // Tests
        .target(
            name: "TidemillTestSupport", dependencies: ["TidemillCore", "TidemillOperations", "TidemillStore"],
            path: "Sources/TidemillTestSupport", swiftSettings: house),
        .testTarget(
            name: "TidemillCoreTests", dependencies: ["TidemillCore", "TidemillTestSupport"], swiftSettings: house),
        .testTarget(
            name: "TidemillOperationsTests",
            dependencies: ["TidemillCore", "TidemillOperations", "TidemillTestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "TidemillStoreTests", dependencies: ["TidemillCore", "TidemillStore", "TidemillTestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "TidemillPricingTests",
            dependencies: ["TidemillCore", "TidemillOperations", "TidemillPricing", "TidemillTestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "TidemillPaymentsTests", dependencies: ["TidemillCore", "TidemillPayments", "TidemillTestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "TidemillEngineTests",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "TidemillPricing", "TidemillPayments",
                "TidemillEngine", "TidemillIngest", "CEvents", "TidemillTestSupport",
            ],
            swiftSettings: house),
        .testTarget(
            name: "TidemillIngestTests",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "TidemillEngine", "TidemillIngest",
                "TidemillPricing", "TidemillRuns", "TidemillScripting", "CLuaSupport", "CEvents", "CZstd",
                "TidemillTestSupport",
            ], swiftSettings: house),
        .testTarget(
            name: "TidemillScriptingTests",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "TidemillScripting", "CLuaSupport",
                "TidemillTestSupport",
            ], swiftSettings: house),
        .testTarget(
            name: "TidemillTriggersTests",
            dependencies: [
                "TidemillCore", "TidemillTriggers", "TidemillTestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Schedules/cronsim.txt", "Schedules/cronsim_fixture.py"],
            swiftSettings: house),
        .testTarget(
            name: "TidemillRunsTests",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "TidemillIngest", "TidemillEngine",
                "TidemillScripting", "TidemillTriggers", "TidemillRuns", "TidemillTestSupport",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: house),
        .testTarget(
            name: "TidemillGraphQLTests",
            dependencies: ["TidemillCore", "TidemillOperations", "TidemillGraphQL"],
            swiftSettings: house),
        .testTarget(
            name: "TidemillStiggTests",
            dependencies: ["TidemillCore", "TidemillGraphQL", "TidemillOperations", "TidemillStigg"],
            swiftSettings: house),
        .testTarget(
            name: "TidemillServerTests",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "TidemillServer", "TidemillTestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            ], swiftSettings: house),
        .testTarget(
            name: "TidemillWorkerTests",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "TidemillTriggers", "TidemillWorker",
                "TidemillIngest", "TidemillEngine", "TidemillPayments", "TidemillRuns", "TidemillScripting",
                "TidemillTestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: house),
        .testTarget(
            name: "TidemillAppTests",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "TidemillEngine", "TidemillScripting",
                "TidemillIngest", "TidemillApp", "TidemillServer", "TidemillVersion", "TidemillTestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            // Pinned screens, read by their place in the tree.
            exclude: ["Screens"],
            swiftSettings: house),
    ],
    cxxLanguageStandard: .cxx17
)

// Benchmarks are built when asked for only.
if ProcessInfo.processInfo.environment["TIDEMILL_BENCH"] != nil {
    package.targets.append(
        .executableTarget(
            name: "SpoolBenchmark",
            dependencies: [
                "TidemillCore", "TidemillOperations", "TidemillStore", "TidemillEngine", "TidemillIngest",
                "TidemillTriggers", "TidemillWorker", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Benchmarks/SpoolBenchmark", swiftSettings: house))
    package.targets.append(
        .executableTarget(
            name: "IngestBenchmark",
            dependencies: ["TidemillCore", "TidemillOperations", "TidemillStore", "TidemillEngine", "TidemillIngest"],
            path: "Benchmarks/IngestBenchmark", swiftSettings: house))
    package.targets.append(
        .executableTarget(
            name: "CheckBenchmark",
            dependencies: ["TidemillCore", "TidemillOperations", "TidemillStore", "TidemillEngine"],
            path: "Benchmarks/CheckBenchmark", swiftSettings: house))
    package.targets.append(
        .executableTarget(
            name: "EstimateBenchmark",
            dependencies: ["TidemillCore", "TidemillOperations", "TidemillStore", "TidemillEngine"],
            path: "Benchmarks/EstimateBenchmark", swiftSettings: house))
    package.targets.append(
        .executableTarget(
            name: "CreditBenchmark",
            dependencies: ["TidemillCore", "TidemillOperations", "TidemillStore", "TidemillEngine"],
            path: "Benchmarks/CreditBenchmark", swiftSettings: house))
    package.targets.append(
        .executableTarget(
            name: "InvoiceBenchmark",
            dependencies: ["TidemillCore", "TidemillOperations", "TidemillStore", "TidemillEngine"],
            path: "Benchmarks/InvoiceBenchmark", swiftSettings: house))
    package.targets.append(
        .executableTarget(
            name: "JobBenchmark", dependencies: ["TidemillOperations", "TidemillScripting", "CLuaSupport"],
            path: "Benchmarks/JobBenchmark", swiftSettings: house))
}
