//! When VOPs are, in units of vop_time_increment_resolution: modulo_time_base and vop_time_increment, 6.3.5.

use crate::headers::{Vol, VopType, vop::VopTime};
use crate::refs::Distances;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clock {
    /// Whole seconds at the last two VOPs that others may refer to.
    seconds: i64,
    last_seconds: i64,
    /// Of the last VOP that others may refer to, and how far behind the one before it is.
    reference: i64,
    between_references: i64,
    /// Of the last B-VOP, behind its past reference.
    behind_past: i64,
    /// The time of either reference could not be read, or it has not come.
    unknown: [bool; 2],
    /// T_frame: the first B-VOP behind a layer's header is a frame behind its past reference (7.7.2.2).
    frame: i64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { seconds: 0, last_seconds: 0, reference: 0, between_references: 0, behind_past: 0, unknown: [true; 2], frame: 0 }
    }
}

impl Clock {
    /// A layer's header: how long its frames are is not known yet.
    pub(crate) const fn begin_layer(&mut self) {
        self.frame = 0;
    }

    /// A synchronisation point in whole seconds.
    pub(crate) const fn synchronise(&mut self, seconds: i64) {
        self.seconds = seconds;
    }

    /// A VOP whose time could not be read, and that others may refer to.
    pub(crate) const fn lose(&mut self) {
        self.unknown = [self.unknown[1], true];
    }

    /// A VOP, whether it is coded or not (6.3.5).
    pub(crate) fn tick(&mut self, time: &VopTime, vol: &Vol) {
        let of = |seconds: i64| seconds * i64::from(vol.vop_time_increment_resolution) + i64::from(time.vop_time_increment);
        if time.vop_type == VopType::B {
            let now = of(self.last_seconds + i64::from(time.seconds));
            self.behind_past = self.between_references - (self.reference - now);
            if self.frame <= 0 && self.unknown == [false; 2] {
                self.frame = self.behind_past.max(1);
            }
            return;
        }
        self.last_seconds = self.seconds;
        self.seconds += i64::from(time.seconds);
        let now = of(self.seconds);
        self.between_references = now - self.reference;
        self.reference = now;
        self.unknown = [self.unknown[1], false];
    }

    /// Whether the last B-VOP is between its references. One that is not follows others than it was coded behind: one was lost.
    #[must_use]
    pub(crate) const fn is_between(&self) -> bool {
        0 < self.behind_past && self.behind_past < self.between_references
    }

    /// Whether decoders take the last B-VOP for one that is between its references: FFmpeg's counts in 16 bits, and shows what seems
    /// to be between a reference and an earlier one, as where a synchronisation point was lost. In an interlaced layer it has to
    /// be so by its fields as well, whose times are rounded.
    #[must_use]
    pub(crate) fn seems_between(&self, interlaced: bool) -> bool {
        let is_between =
            |[behind_past, between_references]: [i64; 2]| (1..between_references as u16).contains(&(behind_past as u16));
        is_between([self.behind_past, self.between_references]) && (!interlaced || is_between(self.field_distances()))
    }

    /// TRB and TRD (7.6.9.5.2, 7.7.2.2): what the last B-VOP scales vectors by; none where it is not known when its references
    /// are.
    #[must_use]
    pub(crate) fn distances(&self) -> Option<Distances> {
        if self.unknown != [false; 2] {
            return None;
        }
        let frame = [self.behind_past, self.between_references].map(narrow);
        Some(Distances { frame, field: self.field_distances().map(narrow) })
    }

    /// TRB and TRD between fields, before the parity is counted (7.7.2.2).
    fn field_distances(&self) -> [i64; 2] {
        let past = self.reference - self.between_references;
        let frames = |time: i64| rounded_div(time, self.frame.max(1));
        [past + self.behind_past, self.reference].map(|time| (frames(time) - frames(past)) * 2)
    }
}

fn narrow(time: i64) -> i32 {
    i32::try_from(time).unwrap_or(0)
}

const fn rounded_div(numerator: i64, denominator: i64) -> i64 {
    let half = denominator / 2;
    (if numerator >= 0 { numerator + half } else { numerator - half }) / denominator
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::ShortHeader;
    use codecorpus_bitstream::BitReader;

    fn layer() -> Vol {
        // A picture of H.263 with 30000 units a second.
        let bits = [0, 0, 0x80, 2, 0x08, 0x02, 0, 0];
        ShortHeader::read(&mut BitReader::new(&bits)).unwrap().vol
    }

    fn time(vop_type: VopType, seconds: u32, vop_time_increment: u32) -> VopTime {
        VopTime { vop_type, seconds, vop_time_increment, vop_coded: true }
    }

    #[test]
    fn a_b_vop_counts_seconds_from_its_past_reference() {
        let (mut clock, vol) = (Clock::default(), layer());
        clock.tick(&time(VopType::I, 0, 28000), &vol);
        clock.tick(&time(VopType::P, 1, 1000), &vol);
        clock.tick(&time(VopType::B, 0, 29000), &vol);
        assert_eq!(clock.distances(), Some(Distances { frame: [1000, 3000], field: [2, 6] }));
        clock.tick(&time(VopType::B, 1, 0), &vol);
        assert_eq!(clock.distances().unwrap().frame, [2000, 3000]);
    }

    #[test]
    fn a_frame_is_as_long_as_the_first_b_vop_whose_references_are_known_says() {
        let (mut clock, vol) = (Clock::default(), layer());
        clock.tick(&time(VopType::P, 0, 9000), &vol);
        clock.tick(&time(VopType::B, 0, 7000), &vol);
        assert_eq!(clock.distances(), None, "the past reference has not come");
        clock.tick(&time(VopType::P, 0, 12000), &vol);
        clock.tick(&time(VopType::B, 0, 10000), &vol);
        assert_eq!(clock.distances(), Some(Distances { frame: [1000, 3000], field: [2, 6] }));
    }

    #[test]
    fn a_frame_is_as_long_as_the_first_b_vop_behind_each_layers_header_says() {
        let (mut clock, vol) = (Clock::default(), layer());
        clock.tick(&time(VopType::I, 0, 0), &vol);
        clock.tick(&time(VopType::P, 0, 3000), &vol);
        clock.tick(&time(VopType::B, 0, 1000), &vol);
        clock.begin_layer();
        clock.tick(&time(VopType::P, 0, 9000), &vol);
        clock.tick(&time(VopType::B, 0, 5000), &vol);
        clock.tick(&time(VopType::B, 0, 7000), &vol);
        assert_eq!(clock.distances(), Some(Distances { frame: [4000, 6000], field: [4, 6] }));
    }

    #[test]
    fn a_b_vop_whose_reference_was_lost_is_not_between_those_that_are_there() {
        let (mut clock, vol) = (Clock::default(), layer());
        clock.tick(&time(VopType::I, 0, 0), &vol);
        clock.tick(&time(VopType::P, 0, 3000), &vol);
        for (now, is_between) in [(0, false), (1000, true), (3000, false), (4000, false)] {
            clock.tick(&time(VopType::B, 0, now), &vol);
            assert_eq!((clock.is_between(), clock.seems_between(false)), (is_between, is_between), "{now}");
        }
        clock.tick(&time(VopType::P, 0, 1000), &vol);
        clock.tick(&time(VopType::B, 0, 500), &vol);
        assert_eq!((clock.is_between(), clock.seems_between(false)), (false, true));
    }

    #[test]
    fn fields_of_a_b_vop_that_are_at_a_reference_do_not_seem_between() {
        let (mut clock, vol) = (Clock::default(), layer());
        clock.tick(&time(VopType::I, 0, 0), &vol);
        for (reference, now, seem_between) in
            [(6000, 3000, true), (8002, 7001, false), (12000, 10000, false), (18000, 14000, true)]
        {
            clock.tick(&time(VopType::P, 0, reference), &vol);
            clock.tick(&time(VopType::B, 0, now), &vol);
            assert_eq!([false, true].map(|interlaced| clock.seems_between(interlaced)), [true, seem_between], "{now}");
        }
    }

    #[test]
    fn nothing_is_known_between_references_of_which_one_is_lost() {
        let (mut clock, vol) = (Clock::default(), layer());
        clock.tick(&time(VopType::I, 0, 0), &vol);
        clock.lose();
        assert_eq!(clock.distances(), None);
        clock.tick(&time(VopType::P, 0, 3000), &vol);
        assert_eq!(clock.distances(), None);
        clock.tick(&time(VopType::P, 0, 6000), &vol);
        assert!(clock.distances().is_some());
    }
}
