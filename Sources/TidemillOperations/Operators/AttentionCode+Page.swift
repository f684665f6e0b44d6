extension AttentionCode {
    /// What it means, and what to do: a section of docs/attention.md, which a test holds against these words.
    public var page: (meaning: String, remedy: String) {
        switch self {
        case .inboxWaiting:
            (
                "A file has waited in an inbox for more than five minutes: no worker takes it, or the worker is far behind.",
                "Look whether `tidemill run` is running and what it logs. If it is, `tidemill deliveries` shows what it works on; a pause or a full disk has a code of its own."
            )
        case .inboxUnreadable:
            (
                "The folder of an inbox cannot be listed: it is missing, not mounted, or not for this user.",
                "Mount it, or give the worker's user read and write access. Files in it wait meanwhile."
            )
        case .deliveriesUnattended:
            (
                "Deliveries of this spool are half done, and no worker runs.",
                "Start `tidemill run`: it goes on at the last committed batch, and counts nothing twice."
            )
        case .spoolUnattended:
            (
                "Another spool has open deliveries in this store, and no worker is seen there.",
                "Start a worker on that spool: only it has the files."
            )
        case .spoolGone:
            (
                "Another spool has open deliveries in this store, and its folder is not where it was.",
                "Bring the folder back and start a worker there. If it is lost, end them with `tidemill deliveries fail ID --reason TEXT` and deliver the files again."
            )
        case .deliveryFailed:
            (
                "A delivery failed within the last day: its file could not be read, or ended the worker again and again.",
                "`tidemill deliveries show ID` says why. Deliver again what is missing. It is shown for a day; a delivery that is voided is not shown."
            )
        case .eventsUncounted:
            (
                "Most events of a delivery of the last day add nothing to any usage: no meter counts them, or their value is not a number.",
                "`tidemill deliveries show ID` names the events and the nearest names of meters. Mend the producer or the catalog; `tidemill deliveries void ID --reason TEXT` undoes the delivery, so that it can be sent again."
            )
        case .eventsWithoutKey:
            (
                "Most events of a delivery of the last day have no idempotencyKey, so that what is delivered twice counts twice.",
                "Have the producer send a key with each event: its own id of it."
            )
        case .fileWrittenLate:
            (
                "A file was written to after its delivery had been taken; what came late is not counted.",
                "Deliver the missing lines in a file of their own. Have the producer write into `spool/tmp` and rename the file into the inbox."
            )
        case .deliveryUnreachable:
            (
                "A delivery's file cannot be opened or read, for a reason that is the disk's.",
                "Mend the disk or mount, then `tidemill resume ingest`, or wait: a worker tries again every ten minutes."
            )
        case .deliveriesHeld:
            (
                "Deliveries are held, because a rule failed on more than a fifth of a batch.",
                "`tidemill deliveries` names the rule and the error. Mend the script: the deliveries go on by themselves with the new one. `tidemill resume ingest` goes on all the same, and rejects those records."
            )
        case .fileRefused:
            (
                "A file is not taken from an inbox: it is a link, a device, too large, or has an odd name.",
                "Move it away, or rename it. Other files are taken meanwhile."
            )
        case .ingestUnfinished:
            (
                "A file that came by `tidemill ingest` was interrupted, or waited for a pause.",
                "Repeat the same `tidemill ingest`: it goes on where it stopped, and counts nothing twice."
            )
        case .catalogPending:
            (
                "The scripts declare a change of the catalog that customers would feel, and it waits for a person.",
                "`tidemill apply` shows what changes for whom, and applies it."
            )
        case .recordsRejected:
            (
                "Records could not be applied, and wait for a decision.",
                "`tidemill rejected list --grouped` shows the kinds; mend the cause and `tidemill rejected retry`, or `tidemill rejected drop ID`."
            )
        case .ingestPaused:
            (
                "Taking deliveries is paused, by a person or by the brake that a failing rule pulls. Files wait, and events by HTTP get 503.",
                "Look at the reason; mend the rule, or `tidemill resume ingest`."
            )
        case .rechargePaused:
            ("Auto-recharge is paused: wallets run empty.", "`tidemill resume recharge` when the reason is gone.")
        case .grantsPaused:
            ("Grant rules are paused: their grants wait.", "`tidemill resume grants` when the reason is gone.")
        case .billingPaused:
            ("Billing is paused: what is due waits.", "`tidemill resume billing` when the reason is gone.")
        case .clockPaused:
            (
                "A person said that the machine's clock is wrong: schedules and recharges wait.",
                "Set the clock right, then `tidemill resume clock --reason TEXT`."
            )
        case .jobPaused:
            (
                "A job or grant rule is paused: its slots and triggers wait.",
                "`tidemill resume NAME` when the reason is gone."
            )
        case .rechargeStopped:
            (
                "Auto-recharge of a wallet has stopped, because the payment service contradicts itself about a charge.",
                "Look the charge up at the payment service, grant what was paid for, and call `saveAutoRecharge` with `isEnabled: true`."
            )
        case .rechargeUnanswered:
            (
                "A charge has been without an answer for an hour: whether the customer has paid is not known.",
                "See whether the payment service answers. It is asked again with the same key, so that nothing is charged twice; `tidemill recharges --customer C` shows what was tried."
            )
        case .rechargePending:
            (
                "A payment has been pending for three days.",
                "Look it up at the payment service; it ends by the webhook `payment.succeeded` or `payment.failed`."
            )
        case .clockDoubted:
            (
                "The machine's clock jumped, or stands behind what is stored: schedules and recharges wait.",
                "Set the clock right. If it is right, say so: `tidemill resume clock --reason TEXT`."
            )
        case .policyFailing:
            (
                "A recharge policy of the scripts fails, and nothing is bought for these wallets.",
                "Mend the policy: it is asked again as soon as the scripts change. `tidemill recharges --customer C` shows what it saw."
            )
        case .jobFailing:
            (
                "A job or grant rule failed several times in a row.",
                "`tidemill runs --job NAME`, then `tidemill runs show ID` for the step that failed. Mend what it names; a run that waits for its retry goes on by itself."
            )
        case .runsFailed:
            (
                "Runs have failed for good: their retries are used up.",
                "`tidemill runs --state failed`; then `tidemill runs retry ID` goes on at the step that failed, or `tidemill runs cancel ID --reason TEXT` ends it."
            )
        case .runsQuarantined:
            (
                "Runs ended the worker's process again and again, and are not tried any more.",
                "`tidemill runs show ID` names the last step. Mend the script, then `tidemill runs retry ID`."
            )
        case .runsParked:
            (
                "Runs asked Stigg for something and got no answer, and so long ago that a repeat might do it twice: Stigg remembers keys for a day.",
                "`tidemill runs show ID` names the step. Look at Stigg whether it was done, then `tidemill runs resolve ID --done` or `--retry`."
            )
        case .runsWaiting:
            (
                "A run has been due for more than a minute and is not started.",
                "Start a worker, or resume what is paused. If one runs, it is behind: `worker.concurrency` says how many runs it does at a time."
            )
        case .triggersCutOff:
            (
                "Events had more than eight causes behind them and started nothing: jobs trigger each other in a circle.",
                "`tidemill runs` shows which; have one of them look at what changed before it acts."
            )
        case .schedulesStopped:
            (
                "Nobody has looked at the schedules for five minutes: no worker runs, or it hangs.",
                "Start `tidemill run`. Missed slots follow each job's catch-up rule."
            )
        case .creditsUnpaid:
            (
                "Credits that were bought by invoice are not paid, and their day has passed.",
                "`tidemill call settleCreditGrant` says what became of the invoice, `voidCreditGrant` takes the credits back."
            )
        case .subscriptionsOutdated:
            (
                "A version was published for all customers, and subscriptions stay in an older one: the new one is not sold in their currency, country or billing period, or does not go with their add-ons.",
                "`tidemill audit --action subscriptionMigrated` says why, as each one's `subscription.updated` event does. Publish a version that has such prices for all, or migrate, change or cancel them one by one."
            )
        case .invoiceStuck:
            (
                "A draft cannot become final, because something of it cannot be priced.",
                "`tidemill invoices show ID` says what. Mend the price in the catalog, or what was reported amiss; the worker tries again when the catalog has changed, and every hour."
            )
        case .invoiceIncomplete:
            (
                "An invoice became final within the last day after it had waited three days for files that are not done.",
                "See why the files are not taken (`tidemill deliveries`). What they bring is billed as late usage."
            )
        case .usageTooLate:
            (
                "Usage of closed periods was older than `events.dedupe_window` when it arrived, so that it could be a repeat.",
                "`tidemill invoices late` lists it. `late accept` has it billed with the next invoice, `late waive` does not."
            )
        case .lateUsageStuck:
            (
                "Usage that came late cannot be billed: its period cannot be priced anew.",
                "The message says why. Settle it with the customer by other means if its events are not stored any more."
            )
        case .usageUnbilled:
            (
                "When totals were verified last, customers had used a feature that has a price, and no subscription of theirs bills it.",
                "`tidemill verify` names the first. Provision what they should pay for, or take the price away; what was used in a trial or on a free plan is not among it."
            )
        case .reprocessOpen:
            (
                "A reprocess that was begun more than ten minutes ago is not done: it is at work, or was interrupted.",
                "`tidemill reprocess show ID` tells its options. Start it again with them, and it goes on; retention waits."
            )
        case .usageUnrated:
            (
                "Events cost no credits since yesterday, because their cost formula has no value for them.",
                "`tidemill audit --action creditCost` shows the problem. Mend the formula, or what the producer sends."
            )
        case .usageNegative:
            (
                "More usage was taken back than was reported: checks and prices take it for 0.",
                "`tidemill events --customer C` shows the reports. Report the difference."
            )
        case .totalsDiffer:
            (
                "When totals were verified last, some were not what the stored records come to.",
                "`tidemill verify` names them. Take a `tidemill backup` before anything else; it is shown until a verify finds that all agree."
            )
        case .scriptsNotInForce:
            (
                "The scripts folder is not what is in force: it is broken, or no worker has taken it.",
                "`tidemill check` says what is broken, with file and line; until it is mended the last good version works on."
            )
        }
    }

    /// The same as a page for people.
    public var text: String { "\(rawValue)\n\n\(page.meaning)\n\nWhat to do: \(page.remedy)" }
}
