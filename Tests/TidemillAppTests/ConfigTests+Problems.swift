import Testing

@testable import TidemillApp

/// What is wrong with a configuration: each problem with its line, what was expected, and what to do.
extension ConfigTests {
    @Test func `what of the HTTP door could never work is told`() {
        func told(_ lines: String, _ key: String = "key = \"0123456789abcdef\"", name: String = "a") -> String {
            problems(
                """
                [http]
                listen = "127.0.0.1:0"
                \(lines)
                [[http.key]]
                name = "\(name)"
                scope = "read"
                \(key)
                """
            ).joined(separator: "\n")
        }
        #expect(told("behind_proxy = [\"10.0.0.5\", \"::1\"]\nhosts = [\"Mill.example\"]") == "")
        for proxy in ["10.0.0.0/8", "localhost", "10.0.0", "::g", "fe80::1%eth0"] {
            #expect(told("behind_proxy = [\"\(proxy)\"]").contains("which is no address"), "\(proxy)")
        }
        #expect(told("timezone = \"Europe/Berlin\"") == "")
        #expect(
            told("timezone = \"Europe/Berln\"").contains("which is no time zone")
                && told("timezone = \"Europe/Berln\"").contains("\"Europe/Berlin\""))
        for host in ["*", "http://x.y", "x.y:80", "*.x.y"] {
            #expect(told("hosts = [\"\(host)\"]").contains("which is no name of a host"), "\(host)")
        }
        for key in ["0123456789abcdef\\n", "0123456789 abcdef", "0123456789abcdefä"] {
            #expect(told("", "key = \"\(key)\"").contains("a character that no header carries"), "\(key)")
        }
        #expect(told("", name: "a/b").contains("must be a name of 1 to 100 characters"))
        #expect(
            told("[[http.key]]\nname = \"b\"\nscope = \"full\"\nkey = \"0123456789abcdef\"").contains(
                "is the key of \"b\" too"))
        func webhook(_ lines: String) -> String {
            told("[[http.webhook]]\nname = \"w\"\n\(lines)")
        }
        #expect(webhook("verify = \"standard-webhooks\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"") == "")
        #expect(webhook("verify = \"standard-webhooks\"\nsecret = \"whsec_!!!!!!!!!!!!\"").contains("must be base64"))
        #expect(webhook("verify = \"secret\"\nsecret = \"x\"").contains("must have 12 bytes or more"))
        #expect(webhook("verify = \"secret\"\nsecret = \"0123456789 ab\"").contains("no header carries"))
        for header in ["header", "type_header", "id_header"] {
            let said = webhook("verify = \"hmac-sha256\"\nsecret = \"0123456789ab\"\n\(header) = \"X Y\"")
            #expect(said.contains("is no name of a header"), "\(header)")
        }
    }

    @Test func `all problems come at once, in the order of the file`() {
        let text = """
            enviroment = "x"
            [spool]
            setle = "2s"
            max_file = 12
            [spoool]
            [[spool.inbox]]
            accept = ["events"]
            """
        #expect(
            problems(text) == [
                "config.toml:1: the configuration has no key \"enviroment\"; did you mean \"environment\"?",
                "config.toml:3: [spool] has no key \"setle\"; did you mean \"settle\"?",
                "config.toml:4: spool.max_file must be a size, got 12; write it as \"256MiB\", \"64KiB\", \"1GiB\" or \"1024B\"",
                "config.toml:5: the configuration has no key \"spoool\"; did you mean \"spool\"?",
                "config.toml:7: spool.inbox[0].accept must be a list of \"event\", \"usage\", \"webhook\" or \"operation\", got \"events\"; did you mean \"event\"?",
            ])
    }

    @Test(arguments: [
        ("[worker]\nconcurrency = 0", "config.toml:2: worker.concurrency must be an integer from 1 to 256, got 0"),
        (
            "[worker]\nconcurrency = \"4\"",
            "config.toml:2: worker.concurrency must be an integer from 1 to 256, got \"4\""
        ),
        (
            "[spool]\nsettle = \"2 x\"",
            "config.toml:2: spool.settle must be a duration from 0s to 1d, got \"2 x\"; write it as \"30s\", \"50ms\", \"10m\", \"24h\" or \"30d\""
        ),
        (
            "[spool]\nsettle = \"-1s\"",
            "config.toml:2: spool.settle must be a duration from 0s to 1d, got \"-1s\"; write it as \"30s\", \"50ms\", \"10m\", \"24h\" or \"30d\""
        ),
        ("[spool]\nsettle = \"25h\"", "config.toml:2: spool.settle must be a duration from 0s to 1d, got \"25h\""),
        ("[billing]\ngrace = \"73h\"", "config.toml:2: billing.grace must be a duration from 0s to 3d, got \"73h\""),
        ("[scripts]\nreload = 1", "config.toml:2: scripts.reload must be true or false, got 1"),
        ("environment = \"\"", "config.toml:1: environment must be a text that is not empty, got \"\""),
        ("spool = 3", "config.toml:1: spool must be a table, [spool], got 3"),
        ("[spool]\ninbox = 3", "config.toml:2: spool.inbox must be a list of tables, [[spool.inbox]], got 3"),
        (
            "[[spool.inbox]]\nignore = \"time\"",
            "config.toml:2: spool.inbox[0].ignore must be a list of at most 100 names, got \"time\""
        ),
        (
            "[[spool.inbox]]\nignore = [\"time\", 3]",
            "config.toml:2: spool.inbox[0].ignore must be a list of names such as [\"time\"], got 3"
        ),
        (
            "[store]\nurl = \"postgres://x\"",
            "config.toml:2: store.url must be \"sqlite:\" and a path, got \"postgres://x\"; write it as \"sqlite:var/tidemill.db\""
        ),
        (
            "[client]\nbackend = \"stig\"",
            "config.toml:2: client.backend must be \"embedded\" or \"stigg\", got \"stig\""
        ),
        (
            "[alerts]\nusage = [80, \"x\"]",
            "config.toml:2: alerts.usage must be a list of whole percentages from 0 to 1000, got \"x\""
        ),
        (
            "[vars]\nwhen = 2026-01-01",
            "config.toml:2: vars.when must be a text, number, boolean, list or table, got a date or time; write dates as text, leave out nan and inf"
        ),
        (
            "[spool]\n\n\nkeep_done = \"40d\"\n[events]\nmax_future = \"1h\"",
            "config.toml:5: events.dedupe_window (35d) is shorter than spool.keep_done (40d); a file moved back from done/ would count twice; raise the one or lower the other"
        ),
        (
            "[events]\nkeep = \"1d\"",
            "config.toml:2: events.keep (1d) is shorter than events.dedupe_window (35d); raw events are kept at least as long as their identities"
        ),
        (
            "[[spool.inbox]]\npath = \"work\"",
            "config.toml:1: an inbox cannot be \"work\": the worker keeps that folder itself; choose another path, such as \"inbox\""
        ),
        (
            "[payments]\ngateway = \"http\"",
            "config.toml:2: payments.gateway is \"http\", but payments.url is missing; add url = \"https://…\" to [payments]"
        ),
        (
            "[payments]\nsecret_env = \"PAY_KEY\"",
            "config.toml:2: payments.secret_env names the variable PAY_KEY, which is not set; export PAY_KEY"
        ),
    ])
    func `a bad setting is named with its line`(text: String, message: String) {
        #expect(problems(text) == [message])
    }

    @Test func `text that is no TOML is one problem with its line`() throws {
        let found = problems("[worker]\nconcurrency = \n")
        #expect(found.count == 1)
        #expect(try #require(found.first).hasPrefix("config.toml:2: not TOML: "))
    }

    @Test func `a missing file is named, with what to do`() {
        let error = #expect(throws: ConfigProblems.self) { try AppConfig.load(path: "/nowhere/config.toml") }
        #expect(
            error?.all.map(\.description) == [
                "/nowhere/config.toml: there is no such configuration file; make a project with `tidemill init`, where an empty file would do, or give one with --config PATH or TIDEMILL_CONFIG"
            ])
    }
}
