import Testing
import TidemillOperations

/// Each warning of `status` has its code, which `explain` explains.
struct AttentionCommandTests {
    @Test func `status tells the same in words and in codes`() throws {
        let mill = try Mill()
        try mill.runOnce()
        let well = try mill.json("status")
        #expect(well["attention"] == [])
        #expect(try mill.program.run("pause", "ingest", "--reason", "month end").status == 0)
        try mill.folder.write("spool/inbox/notes.txt", "not a delivery")
        try mill.folder.write("scripts/more.lua", "-- the folder is another one now\n")
        let status = try mill.json("status", status: 1)
        let quiet = try mill.program.run("status", "--quiet")
        #expect(quiet.status == 1 && quiet.text.isEmpty && quiet.err.isEmpty)
        let attention = status["attention"]?.items ?? []
        #expect(attention.map { $0["message"] } == status["warnings"]?.items)
        #expect(attention.compactMap { $0["code"]?.text } == ["file_refused", "ingest_paused", "scripts_not_in_force"])
    }

    @Test func `explain prints a code's page, all codes without one, and suggests where there is none`() throws {
        let mill = try Mill()
        let page = try mill.program.run("explain", "ingest_paused")
        #expect(page.text.contains(AttentionCode.ingestPaused.page.remedy))
        #expect(try mill.json("explain").items.count == AttentionCode.allCases.count)
        let unknown = try mill.json("explain", "ingest_pause", status: 2)
        #expect(unknown["error"]?["message"]?.text?.contains("did you mean \"ingest_paused\"") == true)
    }
}
