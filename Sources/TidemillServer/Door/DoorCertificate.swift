import HummingbirdCore
import HummingbirdTLS
import NIOSSL
import TidemillCore

extension DoorSettings.Certificate {
    /// The server with TLS. What cannot be used is told with its file: the library says no more than that it failed.
    func secured(_ server: HTTPServerBuilder) throws -> HTTPServerBuilder {
        let certificates: [NIOSSLCertificate]
        do { certificates = try NIOSSLCertificate.fromPEMFile(chain) } catch {
            throw DoorError(
                message:
                    "http.tls_cert: \(chain.escapingControls) cannot be read, or holds no certificate in PEM form; give the certificate, with those between it and the root after it"
            )
        }
        let own: NIOSSLPrivateKey
        do { own = try NIOSSLPrivateKey(file: key, format: .pem) } catch {
            throw DoorError(
                message:
                    "http.tls_key: \(key.escapingControls) cannot be read, or holds no private key in PEM form without a password"
            )
        }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(own))
        tls.applicationProtocols = ["http/1.1"]
        tls.minimumTLSVersion = .tlsv12
        do { return try .tls(server, tlsConfiguration: tls) } catch {
            throw DoorError(
                message:
                    "http.tls_key: \(key.escapingControls) is not the key of the certificate in \(chain.escapingControls), or one of them is of a kind that TLS does not take"
            )
        }
    }
}
