/// Every metric that there is. docs/metrics.md has the same list, which a test holds against this one; the alerts and the
/// dashboard of packaging/ name no other.
extension Metric {
    public static let all: [Metric] =
        processes + ingest + runsAndJobs + operationsAndRequests + money + scripting + storing

    private static let outcome = Label("outcome", ["applied", "filtered", "duplicate", "rejected"])
    private static let short: [Double] = [0.0001, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10]
    private static let long: [Double] = [0.1, 0.5, 1, 5, 15, 60, 300, 3600]

    // MARK: - The process

    public static let buildInfo = Metric(
        "tidemill_build_info", .gauge, "Which program this is.", labels: ["version", "commit"], atMost: 1)
    public static let attention = Metric(
        "tidemill_attention", .gauge, "How many things of a kind a person should look at (docs/attention.md).",
        labels: ["code"], atMost: 60)
    public static let processorSeconds = Metric(
        "process_cpu_seconds_total", .counter, "Processor time of the process, user and system.")
    public static let residentMemory = Metric("process_resident_memory_bytes", .gauge, "Memory that is in use.")
    public static let openFiles = Metric("process_open_fds", .gauge, "Open file descriptors.")
    public static let openFilesMax = Metric("process_max_fds", .gauge, "How many there may be.")
    public static let processStart = Metric("process_start_time_seconds", .gauge, "When it was started.")

    private static let processes = [
        buildInfo, attention, processorSeconds, residentMemory, openFiles, openFilesMax, processStart,
    ]

    // MARK: - Ingest

    public static let records = Metric(
        "tidemill_records_total", .counter, "Records of files and of calls that report events, once committed.",
        labels: [Label("kind", ["event", "usage", "operation", "webhook", "unknown"]), outcome])
    public static let recordsFiltered = Metric(
        "tidemill_records_filtered_total", .counter, "Events that a filter dropped.", labels: ["rule"])
    public static let ruleFailures = Metric(
        "tidemill_rule_failures_total", .counter, "Events on which a filter or mapping failed.", labels: ["rule"])
    public static let recordsRejected = Metric(
        "tidemill_records_rejected_total", .counter, "Records that were rejected, each time they were.",
        labels: ["code"], atMost: 80)
    public static let eventsUncounted = Metric(
        "tidemill_events_uncounted_total", .counter,
        "Applied events of files that no meter counts, whose value is no number, or of a customer that is not there.",
        labels: [Label("reason", ["no_meter", "not_a_number", "unknown_customer"])])
    public static let deliveries = Metric(
        "tidemill_deliveries_total", .counter, "Deliveries that ended, were held, or were voided.",
        labels: [Label("outcome", ["done", "failed", "held", "voided"])])
    public static let deliveryDuration = Metric(
        "tidemill_delivery_duration_seconds", .histogram, "From when a delivery's group was begun to its last commit.",
        bounds: long)
    public static let deliveryLag = Metric(
        "tidemill_delivery_lag_seconds", .histogram, "From when a file was taken from its inbox to its last commit.",
        bounds: long)
    public static let ingestBytes = Metric(
        "tidemill_ingest_bytes_total", .counter, "Bytes of deliveries, uncompressed, whose records are committed.")
    public static let batchDuration = Metric(
        "tidemill_ingest_batch_duration_seconds", .histogram, "Committing one batch of records.", bounds: short)
    public static let spoolFiles = Metric(
        "tidemill_spool_files", .gauge, "Files in the spool.",
        labels: [Label("state", ["waiting", "claimed", "held", "refused"])])
    public static let oldestFile = Metric(
        "tidemill_spool_oldest_file_age_seconds", .gauge, "How long the oldest file has waited; 0 for none.")
    public static let rejectedOpen = Metric(
        "tidemill_rejected_open", .gauge, "Rejected records that wait for a decision.")
    public static let eventsStored = Metric(
        "tidemill_events_stored", .gauge, "Events in the store; not told of a store that an earlier release made.")

    private static let ingest = [
        records, recordsFiltered, ruleFailures, recordsRejected, eventsUncounted, deliveries, deliveryDuration,
        deliveryLag, ingestBytes, batchDuration, spoolFiles, oldestFile, rejectedOpen, eventsStored,
    ]

    // MARK: - Runs

    private static let runKind = Label("kind", ["job", "grant"])

    public static let runsEnded = Metric(
        "tidemill_runs_total", .counter, "Runs of jobs and grant rules that ended.",
        labels: ["job_name", Label("outcome", ["done", "failed", "skipped", "cancelled", "quarantined", "parked"])],
        atMost: 300)
    public static let runDuration = Metric(
        "tidemill_run_duration_seconds", .histogram, "One attempt at a run.", labels: [runKind], bounds: long)
    public static let runDelay = Metric(
        "tidemill_run_delay_seconds", .histogram, "From when a run was due to when it was started.", labels: [runKind],
        bounds: long)
    public static let runs = Metric(
        "tidemill_runs", .gauge, "Runs that have not ended, or not well.",
        labels: [Label("state", ["waiting", "running", "failed", "quarantined", "parked"])])
    public static let jobFailures = Metric(
        "tidemill_job_consecutive_failures", .gauge, "How often a job or grant rule has failed in a row.",
        labels: ["job_name"])
    public static let jobSuccess = Metric(
        "tidemill_job_last_success_timestamp_seconds", .gauge,
        "When a job or grant rule was done last, of its last 100 runs.", labels: ["job_name"])
    public static let scheduleTick = Metric(
        "tidemill_schedule_last_tick_timestamp_seconds", .gauge, "When the schedules were last looked at.")
    public static let messages = Metric("tidemill_messages_total", .counter, "Messages that jobs emitted.")
    public static let messagesUnwritten = Metric(
        "tidemill_messages_unwritten", .gauge, "Messages of jobs that are not in out/ yet.")

    private static let runsAndJobs = [
        runsEnded, runDuration, runDelay, runs, jobFailures, jobSuccess, scheduleTick, messages, messagesUnwritten,
    ]

    // MARK: - Operations and requests

    public static let operations = Metric(
        "tidemill_operations_total", .counter, "Operations that came by HTTP, in files, and from jobs.",
        labels: ["operation", Label("outcome", ["ok", "refused", "failed"])], atMost: 300)
    public static let operationDuration = Metric(
        "tidemill_operation_duration_seconds", .histogram, "An operation by HTTP, from when it was read to its answer.",
        labels: [Label("effect", ["read", "write"])], bounds: short)
    public static let entitlementChecks = Metric(
        "tidemill_entitlement_checks_total", .counter, "Entitlement checks by HTTP that were answered.",
        labels: [Label("granted", ["true", "false"])])
    public static let entitlementCheckDuration = Metric(
        "tidemill_entitlement_check_duration_seconds", .histogram, "An entitlement check by HTTP.",
        bounds: [0.000001, 0.00001, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.025, 0.1])
    public static let requests = Metric(
        "tidemill_http_requests_total", .counter, "Requests that were answered.",
        labels: ["route", Label("status", ["1xx", "2xx", "3xx", "4xx", "5xx"])], atMost: 250)
    public static let requestDuration = Metric(
        "tidemill_http_request_duration_seconds", .histogram, "From a request's head to its answer.",
        labels: ["route"], bounds: [0.001, 0.005, 0.025, 0.1, 1], atMost: 50)
    public static let ignoredFields = Metric(
        "tidemill_http_ignored_fields_total", .counter,
        "Fields of requests that this version does not know and passed over.", labels: ["operation"], atMost: 60)

    private static let operationsAndRequests = [
        operations, operationDuration, entitlementChecks, entitlementCheckDuration, requests, requestDuration,
        ignoredFields,
    ]

    // MARK: - Money

    public static let recharges = Metric(
        "tidemill_recharges_total", .counter, "What came of recharges: charges by their answers, and what was refused.",
        labels: [Label("outcome", ["charged", "declined", "refused", "unknown"])])
    public static let rechargedMoney = Metric(
        "tidemill_recharged_money_total", .counter,
        "What customers paid for recharges, by currency: for graphs, the books are in the store.", labels: ["currency"],
        atMost: 20)
    public static let wallets = Metric(
        "tidemill_wallets", .gauge, "Wallets with auto-recharge; stuck are those without an answer for long.",
        labels: [Label("state", ["enabled", "stopped", "capped", "idle", "stuck"])])
    public static let rechargeUnknownAge = Metric(
        "tidemill_recharge_unknown_age_seconds", .gauge,
        "How long it has not been known of the oldest charge whether it was made; 0 for none.")
    public static let gatewayDuration = Metric(
        "tidemill_gateway_duration_seconds", .histogram, "One question to the payment service.", bounds: short)

    private static let money = [recharges, rechargedMoney, wallets, rechargeUnknownAge, gatewayDuration]

    // MARK: - Scripts

    public static let scriptsInfo = Metric(
        "tidemill_scripts_info", .gauge, "The scripts in force.", labels: ["version"], atMost: 1)
    public static let scriptsChange = Metric(
        "tidemill_scripts_change_timestamp_seconds", .gauge, "When the scripts in force took over.")
    public static let scriptsProblems = Metric(
        "tidemill_scripts_problems", .gauge, "What is wrong with the scripts of the folder; 0 where they are in force.")
    public static let scriptProcessorSeconds = Metric(
        "tidemill_script_cpu_seconds_total", .counter,
        "Processor time of scripts; of filters and mappings estimated from one event in 256.",
        labels: [Label("kind", ["filter", "mapping", "policy", "grant", "job"])])
    public static let paused = Metric(
        "tidemill_paused", .gauge, "Whether it is paused; of jobs: how many.",
        labels: [Label("target", ["ingest", "recharge", "grants", "billing", "clock", "jobs"])])

    private static let scripting = [
        scriptsInfo, scriptsChange, scriptsProblems, scriptProcessorSeconds, paused,
    ]

    // MARK: - The store

    public static let storeSize = Metric(
        "tidemill_store_size_bytes", .gauge, "The store's files.", labels: [Label("part", ["database", "wal"])])
    public static let diskFree = Metric(
        "tidemill_disk_free_bytes", .gauge, "Free space.", labels: [Label("volume", ["store", "spool"])])
    public static let writeWait = Metric(
        "tidemill_store_write_wait_seconds", .histogram, "Waiting for the store's write lock.", bounds: short)
    public static let commitDuration = Metric(
        "tidemill_store_commit_seconds", .histogram, "Putting a transaction on disk.", bounds: short)
    public static let verified = Metric(
        "tidemill_verify_timestamp_seconds", .gauge, "When the totals were last recomputed and compared.")
    public static let verifyDifferences = Metric(
        "tidemill_verify_differences", .gauge, "How many totals differed then.")
    public static let backedUp = Metric("tidemill_backup_timestamp_seconds", .gauge, "When the last copy was made.")

    private static let storing = [
        storeSize, diskFree, writeWait, commitDuration, verified, verifyDifferences, backedUp,
    ]
}
