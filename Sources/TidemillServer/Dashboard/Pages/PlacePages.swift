import TidemillCore
import TidemillDisplay
import TidemillOperations

/// One version of the scripts, with its files.
struct ScriptsPage: DashboardPage {
    let version: String

    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(
            title: String(version.prefix(12)), parent: .scripts, section: .scripts,
            command: "tidemill call getScriptVersion \("{\"version\":\"\(version.prefix(12))\"}".shellQuoted)")
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        let answer = try request.ask(.getScriptVersion, ["version": .string(version)])
        let entry = answer["version"]?.text == nil ? answer["version"] ?? answer : answer
        var sources = [
            PanelSource("Version") { request in
                var facts = Facts()
                facts.add(
                    [
                        ("version", "version", .code), ("state", "state", .state), ("first seen", "createdAt", .time),
                        ("in force", "isInForce", .text),
                    ], of: entry, request.shown)
                return Panel(title: "Version", body: "\(facts.html)\(Folded.html(entry["problems"], "problems"))")
            }
        ]
        let before = try Self.before(version, request)
        if let before { sources.append(try Self.changes(from: before, to: answer, request)) }
        for file in answer["files"]?.items ?? [] {
            let name = file["name"]?.text ?? ""
            sources.append(
                PanelSource(name) { _ in Panel(title: name, body: Self.source(file["text"]?.text ?? "")) })
        }
        return sources
    }

    /// The version that was seen before this one.
    private static func before(_ version: String, _ request: PageRequest) throws -> String? {
        let answer = try request.ask(.listScriptVersions, ["limit": 1000])
        let versions = (answer["data"]?.items ?? []).compactMap { $0["version"]?.text }
        guard let index = versions.firstIndex(where: { $0.hasPrefix(version) }) else { return nil }
        return versions.dropFirst(index + 1).first
    }

    private static func changes(from before: String, to answer: Payload, _ request: PageRequest) throws -> PanelSource {
        func files(_ answer: Payload) -> TextMap<String> {
            var files: TextMap<String> = [:]
            for file in answer["files"]?.items ?? [] { files[file["name"]?.text ?? ""] = file["text"]?.text ?? "" }
            return files
        }
        let (old, new) = (files(try request.ask(.getScriptVersion, ["version": .string(before)])), files(answer))
        let names = old.merging(new) { $1 }.map(\.key).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let changed = names.compactMap { name -> HTML? in
            let difference = SourceDifference(from: old[name] ?? "", to: new[name] ?? "")
            guard !difference.isEmpty || (old[name] == nil) != (new[name] == nil) else { return nil }
            let what: HTML = old[name] == nil ? " is new" : new[name] == nil ? " is gone" : ""
            return "<h3>\(HTML.name(name))\(what)</h3>\(difference.html)"
        }
        return PanelSource("Changes") { _ in
            Panel(
                title: "Changes", note: "since \(HTML.link(["scripts", before], .code(String(before.prefix(12)))))",
                body: changed.isEmpty ? "<p class=\"note\">nothing</p>" : "\(changed)")
        }
    }

    private static func source(_ text: String) -> HTML {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
            index, line -> HTML in
            "<li id=\"L\(index + 1)\"><code>\(whole: line)</code></li>"
        }
        return "<ol class=\"source\">\(lines)</ol>"
    }
}

/// What is sold, and what waits to be applied.
struct CatalogPage: DashboardPage {
    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(title: "Catalog", section: .catalog, command: "tidemill call getCatalogDifference")
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        [
            PanelSource("Waits to be applied") { request in
                let answer = try request.ask(.getCatalogDifference)
                var table = PageTable(
                    "Changes",
                    [.text("what"), .text("kind"), .text("action"), .number("customers"), .number("subscriptions")])
                for change in answer["changes"]?.items ?? [] {
                    table.add([
                        request.shown.value(change["summary"], .text), request.shown.value(change["kind"], .text),
                        request.shown.value(change["action"], .text), request.shown.value(change["customers"], .number),
                        request.shown.value(change["subscriptions"], .number),
                    ])
                }
                return Panel(
                    title: "Waits to be applied",
                    body: table.isEmpty ? "<p class=\"note\">The scripts' catalog is in force.</p>" : table.html)
            },
            list(
                .listPlans, "Plans",
                [
                    (.text("plan"), "id"), (.text("name"), "displayName"), (.text("product"), "productId"),
                    (.text("pricing"), "pricingType"), (.number("version"), "versionNumber"),
                    (.state("status"), "status"),
                ]),
            list(
                .listAddons, "Add-ons",
                [
                    (.text("add-on"), "id"), (.text("name"), "displayName"), (.text("product"), "productId"),
                    (.text("pricing"), "pricingType"), (.state("status"), "status"),
                ]),
            list(
                .listFeatures, "Features",
                [
                    (.text("feature"), "id"), (.text("name"), "displayName"), (.text("type"), "featureType"),
                    (.text("meter"), "meterType"), (.state("status"), "featureStatus"),
                ]),
            list(
                .listCoupons, "Coupons",
                [
                    (.text("coupon"), "id"), (.text("name"), "name"), (.number("percent off"), "percentOff"),
                    (.state("status"), "status"),
                ]),
            list(
                .listCustomCurrencies, "Credit currencies", [(.text("currency"), "id"), (.text("name"), "displayName")]),
        ]
    }

    private func list(_ id: OperationID, _ title: String, _ columns: [(PageTable.Column, String)]) -> PanelSource {
        PanelSource(title) { request in
            let page = ListPage(
                section: .catalog, operation: id, columns: columns.map { .init($0.0, $0.1) }, command: "",
                empty: "none")
            return try page.panel(request, rowsMax: 100, title: title, link: " ")
        }
    }
}

/// The place: store, spools, pauses, versions.
struct SystemPage: DashboardPage {
    private static let targets = ["ingest", "recharge", "grants", "billing", "clock"]

    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(title: "System", section: .system, command: "tidemill call getSystem")
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        let system = try request.ask(.getSystem)
        return [
            PanelSource("Program") { request in
                var facts = Facts()
                facts.add(
                    [
                        ("version", "version", .text), ("commit", "commit", .code),
                        ("environment", "environment", .text),
                        ("backend", "backend", .text), ("clock", "now", .time), ("scripts", "scripts.version", .code),
                        ("folder in force", "scripts.isFolderInForce", .text),
                    ], of: system, request.shown)
                return Panel(title: "Program", body: facts.html)
            },
            PanelSource("Store") { request in
                var facts = Facts()
                facts.add(
                    [("file", "store.path", .code), ("schema", "store.schema", .number)], of: system, request.shown)
                facts.add("size", Shown.bytes(system.member("store.bytes")?.integer ?? 0))
                facts.add("log", Shown.bytes(system.member("store.logBytes")?.integer ?? 0))
                return Panel(title: "Store", body: facts.html)
            },
            PanelSource("Spools") { request in
                var table = PageTable("Spools", [.code("folder"), .text("host"), .time("opened"), .number("workers")])
                for spool in system["spools"]?.items ?? [] {
                    table.add([
                        request.shown.value(spool["path"], .code), request.shown.value(spool["host"], .text),
                        request.shown.value(spool["openedAt"], .time), request.shown.value(spool["workers"], .number),
                    ])
                }
                return Panel(
                    title: "Spools", body: table.isEmpty ? "<p class=\"note\">no worker has run yet</p>" : table.html)
            },
            PanelSource("Pauses") { request in
                var table = PageTable(
                    "Pauses", [.text("what"), .text("why"), .time("since"), .text("by"), .text("do")])
                for pause in system["paused"]?.items ?? [] {
                    let name = pause["name"]?.text ?? ""
                    let fields = Self.targets.contains(name) ? [("target", name)] : [("target", "job"), ("job", name)]
                    table.add([
                        .name(name), request.shown.value(pause["reason"], .text),
                        request.shown.value(pause["pausedAt"], .time),
                        request.shown.value(pause["pausedBy"], .text), Actions.links([(.resume, fields)], request),
                    ])
                }
                return Panel(
                    title: "Pauses", body: table.isEmpty ? "<p class=\"note\">nothing is paused</p>" : table.html,
                    link: .joined(
                        Self.targets.map {
                            Actions.links([(.pause, [("target", $0)])], request, label: "pause \($0)")
                        }, separator: " "))
            },
        ]
    }
}

/// One hit opens at once; several are listed.
struct SearchPage: DashboardPage {
    func frame(_ request: PageRequest) -> PageFrame {
        PageFrame(title: "Search", section: .overview, command: "tidemill customer ID")
    }

    func panels(_ request: PageRequest) throws -> [PanelSource] {
        guard let text = request.value("q") else { return [] }
        let places: [(OperationID, TextMap<Payload>, [String])] = [
            (.getCustomer, ["customerId": .string(text)], ["customers", text]),
            (.getDelivery, ["id": .string(text)], ["deliveries", text]),
            (.getRun, ["id": .string(text)], ["runs", text]),
            (.getInvoice, ["id": .string(text)], ["invoices", text]),
        ]
        for (id, members, target) in places where (try? request.ask(id, members)) != nil {
            throw PageFailure.elsewhere(PagePath.text(target))
        }
        return [
            PanelSource("Nothing found") { request in
                let near = try request.ask(.checkFilters, ["customerId": .string(text)]).items?.first?["suggestion"]?
                    .text
                let hint: HTML = near.map { "; did you mean \(HTML.link(["customers", $0], .name($0)))?" } ?? .empty
                return Panel(
                    title: "Nothing found",
                    body:
                        "<p class=\"note\">No customer, delivery, run or invoice is called \(HTML.name(text))\(hint)</p>"
                )
            }
        ]
    }
}
