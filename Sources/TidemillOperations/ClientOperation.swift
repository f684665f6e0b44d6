/// One operation of the API: what goes in, what comes out, and its row of the table.
///
/// To add an operation:
/// 1. add a case to `OperationID`; the table and every backend stop compiling until they know it;
/// 2. write one file with a type that conforms to this protocol. `Input` and `Output` declare their fields once, in a
///    `Shape`; decoding, checking, help, editor stubs and the remote client all come from it. The shape ends with the
///    memberwise `init`, so a property without a field, or a field without a property, does not compile;
/// 3. name the type in `OperationTable.row(_:)`;
/// 4. write its handler in TidemillEngine and name it in `Engine.handler(of:)`.
///
/// The row has no defaults: a summary, an effect, a route, the errors and an example that tests perform must be given.
public protocol ClientOperation: Sendable {
    associatedtype Input: Shaped
    associatedtype Output: Shaped
    static var row: OperationRow { get }
}
