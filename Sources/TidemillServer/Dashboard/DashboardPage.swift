import TidemillCore
import TidemillOperations

/// One page: what stands around it, and its panels.
protocol DashboardPage {
    func frame(_ request: PageRequest) -> PageFrame
    func panels(_ request: PageRequest) throws -> [PanelSource]
    /// Its list, where it is one of a file for spreadsheets.
    var exported: ListPage? { get }
}

/// A panel that is yet to be asked for: one that fails says why, and the others stand.
struct PanelSource {
    let title: String
    let make: (PageRequest) throws -> Panel

    init(_ title: String, _ make: @escaping (PageRequest) throws -> Panel) {
        self.title = title
        self.make = make
    }

    func html(_ request: PageRequest) -> HTML {
        do { return try make(request).html } catch {
            let message = (error as? OperationError)?.message ?? "\(error)"
            return Panel(
                title: title,
                body:
                    "<p class=\"note s-fail\" role=\"alert\">\(Mark.fail.html()) This part could not be drawn: \(HTML.prose(message))</p>"
            ).html
        }
    }
}

extension DashboardPage {
    var exported: ListPage? { nil }

    func html(_ request: PageRequest) throws -> HTML {
        let panels = try panels(request).map { $0.html(request) }
        // Asked again at the end, when what the page is about is known.
        return frame(request).html("\(panels)", request)
    }
}
