import ArgumentParser
import TidemillCore
import TidemillVersion

/// `tidemill`: the list of commands.
struct Tidemill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tidemill",
        abstract: "Turns usage events into metered usage, with rules in Lua.",
        version: "\(TidemillVersion.text)\n\(ZoneDatabase.shared.source)",
        subcommands: [
            RunCommand.self, EventsCommand.self, RejectedCommand.self, VerifyCommand.self, StatusCommand.self,
            CheckCommand.self, ApplyCommand.self, UsageCommand.self, CustomerCommand.self,
            IngestCommand.self,
            CallCommand.self, OperationsCommand.self, DeliveriesCommand.self, ReprocessCommand.self,
            PauseCommand.self, ResumeCommand.self,
            AuditCommand.self, BackupCommand.self, ScheduleCommand.self, TestCommand.self, JobsCommand.self,
            RunsCommand.self,
            FireCommand.self, LimitsCommand.self, WalletsCommand.self, RechargesCommand.self, InvoicesCommand.self,
            InitCommand.self, DemoCommand.self,
            TriggerCommand.self, StubsCommand.self, SchemasCommand.self, ReferenceCommand.self, KeysCommand.self,
            ServeCommand.self, DashboardCommand.self, ExplainCommand.self, CompletionsCommand.self,
            CompleteCommand.self,
        ])
}
