import Glibc
import TidemillCore

/// Where requests come from.
enum Peer {
    /// The address, of IPv6 the network of 64 bits, which one customer has whole. Whoever stands before a proxy that is
    /// trusted is the last that it names. On a socket of the file system everybody is one.
    static func network(of request: WireRequest, isProxied: Bool) -> String {
        let forwarded = request.headers.all("x-forwarded-for").last?.split(separator: ",").last
        let named = isProxied ? forwarded.map { String($0.filter { $0 != " " }) } : nil
        let address = (named ?? request.peer).flatMap(DoorSettings.address) ?? ""
        guard address.contains(":") else { return address }
        var six = in6_addr()
        guard inet_pton(AF_INET6, address, &six) == 1 else { return address }
        return withUnsafeBytes(of: &six) { Array($0.prefix(8)).hexadecimal } + "::/64"
    }
}
