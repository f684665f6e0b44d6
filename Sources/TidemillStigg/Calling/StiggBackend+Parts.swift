import TidemillCore
import TidemillOperations

/// Operations that the service has in several.
extension StiggBackend {
    /// A plan or an add-on: made, then priced, then given its entitlements. A call that was interrupted goes on where it
    /// stands: what is there is compared, and the rest is added.
    func createPackage(_ call: Call, _ input: Payload) async throws(OperationError) -> Payload {
        guard case .object(var members) = input else { return .null }
        let isPlan = call.row.id == .createPlan
        let entitlements = members.removeValue(forKey: "entitlements")
        var later: TextMap<Payload> = [:]
        for name in ["charges", isPlan ? "compatibleAddonIds" : "dependencies"] {
            if let value = members.removeValue(forKey: name), !value.isNull { later[name] = value }
        }
        let id = members["id"] ?? .null
        var made = try await createBare(call, .object(members), resumes: !later.isEmpty || entitlements != nil)
        do throws(OperationError) {
            if !later.isEmpty {
                later["id"] = id
                let update = Call(row: OperationTable.row(isPlan ? .updatePlan : .updateAddon), context: call.context)
                made = try await ask(update, RequestRoute.request(update.row, .object(later)))
            }
            if let items = entitlements?.items, !items.isEmpty {
                try await add(items, to: id, isPlan, call)
                made = try await read(isPlan ? .getPlan : .getAddon, ["id": id], call.context)
            }
        } catch {
            throw error.worded(
                "\(error.message); \(isPlan ? "the plan" : "the add-on") \(id.json) is there as a draft without what this was to add: the same call goes on from there"
            )
        }
        return made
    }

    private func createBare(_ call: Call, _ input: Payload, resumes: Bool) async throws(OperationError) -> Payload {
        do throws(OperationError) {
            return try await ask(call, RequestRoute.request(call.row, input))
        } catch {
            guard resumes, error.code == .duplicatedEntity, let reader = Offer.reader(of: call.row.id) else {
                throw error
            }
            let present = try await read(reader, input, call.context)
            // What was published was finished by whoever made it.
            guard present["status"]?.text == "DRAFT", isSame(input, present) else { throw error }
            return present
        }
    }

    private func add(_ items: [Payload], to id: Payload, _ isPlan: Bool, _ call: Call) async throws(OperationError) {
        let field = isPlan ? "planId" : "addonId"
        let listed = try await read(
            isPlan ? .listPlanEntitlements : .listAddonEntitlements, [field: id], call.context)
        let present = Set((listed["data"]?.items ?? []).compactMap { $0["id"]?.text })
        let missing = items.filter { item in item["id"]?.text.map { !present.contains($0) } ?? true }
        guard !missing.isEmpty else { return }
        let row = OperationTable.row(isPlan ? .createPlanEntitlements : .createAddonEntitlements)
        _ = try await ask(
            Call(row: row, context: call.context),
            RequestRoute.request(row, [field: id, "entitlements": .array(missing)]), part: "/entitlements")
    }

    /// One product is a list of one there.
    func product(_ call: Call, _ input: Payload) async throws(OperationError) -> Payload {
        let page = try await read(.listProducts, ["id": input["id"] ?? .null], call.context)
        guard let product = page["data"]?.items?.first(where: { $0["id"] == input["id"] }) else {
            throw ResponseReading.failure(
                .productNotFound, call.row, "there is no product \(input["id"]?.json ?? "null")")
        }
        return product
    }

    /// A grant is changed by an id that only documents tell: it is looked up by the one that everybody knows.
    func updateGrant(_ call: Call, _ input: Payload) async throws(OperationError) -> Payload {
        guard let customer = input["customerId"], !customer.isNull else {
            throw ResponseReading.failure(
                .badUserInput, call.row, "'customerId' is needed: Stigg finds a grant by whose it is")
        }
        let text = """
            query Tidemill($input: GetCreditGrantsInput!) { creditGrants(input: $input) { \
            edges { node { id grantId } } pageInfo { hasNextPage endCursor } } }
            """
        var after: Payload = .null
        for _ in 0..<Self.grantPagesMax {
            var paging: TextMap<Payload> = ["first": 100]
            if !after.isNull { paging["after"] = after }
            let data = try await graphQL(
                Call(row: OperationTable.row(.listCreditGrants), context: call.context), text,
                ["input": ["customerId": customer, "paging": .object(paging)]], root: "creditGrants")
            let nodes = (data["creditGrants"]?["edges"]?.items ?? []).compactMap { $0["node"] }
            if let grant = nodes.first(where: { $0["grantId"] == input["id"] }), case .object(var members) = input {
                members["id"] = grant["id"]
                members["customerId"] = nil
                return try await document(call, .object(members))
            }
            let page = data["creditGrants"]?["pageInfo"]
            guard page?["hasNextPage"] == true, let cursor = page?["endCursor"], !cursor.isNull else { break }
            after = cursor
        }
        throw ResponseReading.failure(
            .creditGrantNotFound, call.row, "the customer \(customer.json) has no grant \(input["id"]?.json ?? "null")")
    }

    private static let grantPagesMax = 100
}
