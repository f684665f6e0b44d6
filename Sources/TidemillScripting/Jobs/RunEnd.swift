public import TidemillOperations

/// How a run ended.
public enum RunEnd: Sendable, Hashable {
    /// With what the job's function returned; null for what has no JSON form.
    case finished(Payload)
    case failed(ScriptFailure)
    /// Processor time, or the wall clock through `RunControl`; with the place where it computed.
    case timedOut(ScriptFailure?)
    /// It asked for memory when its state had none. The runs of a state share its memory, so it need not be to blame:
    /// try it again; the others go on.
    case outOfMemory(ScriptFailure)
    case cancelled
    /// An effect said so: `EffectError.abandoned`.
    case abandoned(String)
}
