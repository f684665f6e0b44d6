import Foundation

/// What an error number of a call on a file is about.
public enum FileFault {
    /// About the file itself, or the right to read it: trying again changes nothing until somebody changes the file.
    case file
    /// About what lies beneath this file: its disk, its server.
    case place
    /// About this process or machine.
    case shared

    public init(_ number: Int32) {
        switch number {
        case ENOENT, ENOTDIR, ELOOP, ENXIO, ENODEV, EISDIR, EACCES, EPERM, ENAMETOOLONG, EFBIG, EOVERFLOW, EINVAL:
            self = .file
        case EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN, EINTR: self = .shared
        // EIO, ESTALE, ETIMEDOUT, ENOTCONN, EBADMSG and what else a filesystem comes up with: never held against a file.
        default: self = .place
        }
    }
}
