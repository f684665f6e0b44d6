/// Where a path leads.
enum Dashboard {
    /// Nil for what is no page.
    static func page(_ segments: [String]) -> (any DashboardPage)? {
        switch (segments.first, segments.count) {
        case (nil, 0): OverviewPage()
        case ("customers", 2): CustomerPage(id: segments[1])
        case ("deliveries", 2): DeliveryPage(id: segments[1])
        case ("rejected", 2): RejectedPage(id: segments[1])
        case ("jobs", 2): JobPage(name: segments[1])
        case ("runs", 2): RunPage(id: segments[1])
        case ("invoices", 2): InvoicePage(id: segments[1])
        case ("scripts", 2): ScriptsPage(version: segments[1])
        case ("rejected", 1): RejectedGroupsPage()
        case ("jobs", 1): JobsPage()
        case ("catalog", 1): CatalogPage()
        case ("system", 1): SystemPage()
        case ("search", 1): SearchPage()
        case (let name?, 1): ListPage.all[name]
        default: nil
        }
    }
}
