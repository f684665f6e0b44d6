/// The store's own name, made with it: the spool keeps it, so that a worker of another store takes nothing from it.
public enum StoreIdentity {
    public static func id(on connection: any SQLConnection) throws -> String {
        guard let id = try connection.first("SELECT store_id FROM store_identity", [], { $0.text(0) }) else {
            throw StoreError(.corrupt, "the store has no identity; restore a backup")
        }
        return id
    }
}
