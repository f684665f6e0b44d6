public import TidemillCore

extension CronExpression {
    /// Years that are searched: 29 February on a given weekday comes back within 40.
    private static let yearsMax: Int64 = 50
    /// A shift of clocks by this much or more is a correction: the new time is just used.
    private static let correctionMin: Int64 = 3 * 3_600_000_000

    /// The first instant after `instant` at which it fires by the zone's clocks; nil when there is none in 50 years.
    public func next(after instant: Timestamp, in zone: Zone?) -> Timestamp? {
        isFixedTime ? nextFixed(after: instant, in: zone) : nextOnClock(after: instant, in: zone)
    }

    /// Slots are times on the clock's face. One that is skipped fires at the change, several of them once; one that is
    /// repeated fires the first time.
    private func nextFixed(after instant: Timestamp, in zone: Zone?) -> Timestamp? {
        var time = CivilTime(instant, in: zone)
        // The second pass of a repeated hour may hide slots of the day that are still to come: none, as they fired in
        // the first. A skipped slot that is due at a change after `instant` lies later on the clock.
        let last = time.day + Self.yearsMax * 366
        while let slot = nextSlot(after: time, until: last) {
            switch slot.occurrence(in: zone) {
            case .once(let found), .twice(let found, _):
                if found > instant { return found }
            case .never(let change, let gap):
                if gap < Self.correctionMin, change > instant { return change }
            }
            time = slot
        }
        return nil
    }

    /// The next matching minute on a calendar without zones.
    private func nextSlot(after time: CivilTime, until lastDay: Int64) -> CivilTime? {
        var day = time.day
        var minuteOfDay = Int(time.microseconds / 60_000_000) + 1
        while day <= lastDay {
            let start = CivilTime(day: day)
            if matches(start), let found = nextMinute(from: minuteOfDay) {
                return CivilTime(day: day, microseconds: Int64(found) * 60_000_000)
            }
            day += 1
            minuteOfDay = 0
        }
        return nil
    }

    /// The first matching minute of a day from this one on.
    private func nextMinute(from minuteOfDay: Int) -> Int? {
        guard minuteOfDay < 24 * 60, let firstHour = hour.next(from: minuteOfDay / 60), firstHour < 24 else {
            return nil
        }
        if firstHour == minuteOfDay / 60, let found = minute.next(from: minuteOfDay % 60), found < 60 {
            return firstHour * 60 + found
        }
        guard let later = firstHour == minuteOfDay / 60 ? hour.next(from: firstHour + 1) : firstHour, later < 24,
            let found = minute.next(from: 0)
        else { return nil }
        return later * 60 + found
    }

    /// Follows the clock minute by minute of real time: nothing is made up for, and a repeated hour fires twice.
    private func nextOnClock(after instant: Timestamp, in zone: Zone?) -> Timestamp? {
        let minute: Int64 = 60_000_000
        var at = Timestamp(microseconds: (instant.microseconds.flooredDivision(by: minute) + 1) * minute)
        let last = instant.advanced(bySeconds: Self.yearsMax * 366 * 86_400)
        while at <= last {
            let time = CivilTime(at, in: zone)
            guard matches(time) else {
                at = later(at, CivilTime(day: time.day + 1).instant(in: zone))
                continue
            }
            let ofDay = Int(time.microseconds / minute)
            if hour.contains(Int(time.hour)), self.minute.contains(Int(time.minute)) { return at }
            // Leaps to the next candidate of the day, unless the clock is changed on the way.
            let target = nextMinute(from: ofDay + 1) ?? 24 * 60
            let leap = Timestamp(microseconds: at.microseconds + Int64(target - ofDay) * minute)
            let arrived = CivilTime(leap, in: zone)
            let expected = CivilTime(
                day: time.day + Int64(target / (24 * 60)), microseconds: Int64(target % (24 * 60)) * minute)
            at = arrived == expected ? leap : Timestamp(microseconds: at.microseconds + minute)
        }
        return nil
    }

    /// Never stands still, whatever a zone does around midnight.
    private func later(_ at: Timestamp, _ candidate: Timestamp) -> Timestamp {
        candidate > at ? candidate : Timestamp(microseconds: at.microseconds + 60_000_000)
    }
}
