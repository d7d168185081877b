//! Words of coefficients: tables B-16 to B-18 and B-23; H.263 clause 5.4.2.

use codecorpus_bitstream::{BitReader, ParseError, Result};
use codecorpus_mpeg::vlc::{Entry, Event as Word, Table, no_word};

use crate::tables::{
    INTER_EVENTS, INTER_EVENTS_ESCAPE, INTRA_EVENTS, INTRA_EVENTS_ESCAPE, REVERSIBLE_INTER_EVENTS,
    REVERSIBLE_INTER_EVENTS_ESCAPE, REVERSIBLE_INTRA_EVENTS, REVERSIBLE_INTRA_EVENTS_ESCAPE,
};

const ELEMENT: &str = "dct_coefficient";

/// A level that is not zero, the zeros before it, and whether it is the block's last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) last: bool,
    pub(crate) run: u32,
    pub(crate) level: i32,
}

/// A set of words.
pub(crate) trait Words {
    /// Reads an event.
    fn read(r: &mut BitReader<'_>) -> Result<Event>;
}

type Plain = Table<512, 160>;
type Reversible = Table<32768, 0>;

static INTRA: Plain = Table::of_events(&INTRA_EVENTS, INTRA_EVENTS_ESCAPE, (0, 0));
static INTER: Plain = Table::of_events(&INTER_EVENTS, INTER_EVENTS_ESCAPE, (0, 0));
static REVERSIBLE_INTRA: Reversible = Table::of_events(&REVERSIBLE_INTRA_EVENTS, REVERSIBLE_INTRA_EVENTS_ESCAPE, (0, 0));
static REVERSIBLE_INTER: Reversible = Table::of_events(&REVERSIBLE_INTER_EVENTS, REVERSIBLE_INTER_EVENTS_ESCAPE, (0, 0));

static INTRA_REACH: Reach = Reach::of(&INTRA_EVENTS);
static INTER_REACH: Reach = Reach::of(&INTER_EVENTS);

/// LMAX and RMAX: tables B-19 to B-22, which follow from the words.
struct Reach {
    level: [[u8; 64]; 2],
    run: [[u8; 64]; 2],
}

impl Reach {
    const fn of(events: &[Word]) -> Self {
        let mut reach = Self { level: [[0; 64]; 2], run: [[0; 64]; 2] };
        let mut i = 0;
        while i < events.len() {
            let (_, _, last, run, level) = events[i];
            let highest = &mut reach.level[last as usize][run as usize];
            if level > *highest {
                *highest = level;
            }
            let longest = &mut reach.run[last as usize][level as usize];
            if run > *longest {
                *longest = run;
            }
            i += 1;
        }
        reach
    }
}

#[inline(always)]
fn signed(level: u32, negative: bool) -> i32 {
    if negative { -(level as i32) } else { level as i32 }
}

#[inline(always)]
fn next_bit(bits: u64, at: u32) -> bool {
    bits << at >> 63 != 0
}

#[cold]
fn malformed(r: &BitReader<'_>, reason: &'static str) -> ParseError {
    ParseError::malformed(ELEMENT, reason).at_bit(r.position() as u64)
}

/// Words of tables B-16 or B-17.
#[inline(always)]
fn read_plain(r: &mut BitReader<'_>, table: &Plain, reach: &Reach) -> Result<Event> {
    let bits = r.peek57();
    let entry = table.find(bits);
    if entry.level() != 0 {
        let length = entry.length();
        r.skip(length as usize + 1, ELEMENT)?;
        return Ok(Event { last: entry.last(), run: entry.run(), level: signed(entry.level(), next_bit(bits, length)) });
    }
    if !entry.escapes() {
        return Err(no_word(r, ELEMENT));
    }
    read_escape(r, table, reach)
}

/// The three kinds of escape: 7.4.1.3.
fn read_escape(r: &mut BitReader<'_>, table: &Plain, reach: &Reach) -> Result<Event> {
    const ESCAPE: u32 = 7;
    let bits = r.peek57() << ESCAPE;
    let event = |entry: Entry, at: u32| {
        let negative = next_bit(bits, at + entry.length());
        (entry.last(), entry.run(), entry.level(), negative, (ESCAPE + at + entry.length() + 1) as usize)
    };
    if bits >> 63 == 0 {
        let entry = table.find(bits << 1);
        if entry.level() == 0 {
            return Err(no_word(r, ELEMENT));
        }
        let (last, run, level, negative, length) = event(entry, 1);
        r.skip(length, ELEMENT)?;
        let highest = reach.level[usize::from(last)][(run & 63) as usize];
        return Ok(Event { last, run, level: signed(level + u32::from(highest), negative) });
    }
    if bits >> 62 == 2 {
        let entry = table.find(bits << 2);
        if entry.level() == 0 {
            return Err(no_word(r, ELEMENT));
        }
        let (last, run, level, negative, length) = event(entry, 2);
        r.skip(length, ELEMENT)?;
        let longest = reach.run[usize::from(last)][(level & 63) as usize];
        return Ok(Event { last, run: run + u32::from(longest) + 1, level: signed(level, negative) });
    }
    read_fixed(r)
}

/// The third kind: fixed lengths between marker bits (table B-18).
fn read_fixed(r: &mut BitReader<'_>) -> Result<Event> {
    let bits = r.peek57() << 9;
    let last = bits >> 63 != 0;
    let run = (bits >> 57 & 63) as u32;
    let level = ((bits << 8) as i64 >> 52) as i32;
    let markers = next_bit(bits, 7) && next_bit(bits, 20);
    if level == 0 || !markers {
        return Err(malformed(r, if markers { "an escaped level of 0" } else { "a marker bit is 0" }));
    }
    r.skip(30, ELEMENT)?;
    Ok(Event { last, run, level })
}

/// Reversible words: table B-23, and their escape (table B-24).
fn read_reversible(r: &mut BitReader<'_>, table: &Reversible) -> Result<Event> {
    let bits = r.peek57();
    let entry = table.find(bits);
    let length = entry.length();
    if entry.level() != 0 {
        r.skip(length as usize + 1, ELEMENT)?;
        return Ok(Event { last: entry.last(), run: entry.run(), level: signed(entry.level(), next_bit(bits, length)) });
    }
    if !entry.escapes() {
        return Err(no_word(r, ELEMENT));
    }
    // 0000, 1, last, run, 1, level, 10000, sign.
    let rest = bits << 5;
    let last = rest >> 63 != 0;
    let run = (rest >> 57 & 63) as u32;
    let level = (rest >> 45 & 0x7ff) as u32;
    let markers = next_bit(bits, 4) && next_bit(rest, 7) && rest >> 40 & 31 == 16;
    if level == 0 || !markers {
        return Err(malformed(r, if markers { "an escaped level of 0" } else { "a marker bit is wrong" }));
    }
    r.skip(30, ELEMENT)?;
    Ok(Event { last, run, level: signed(level, next_bit(rest, 24)) })
}

/// Words of intra blocks: table B-16.
pub(crate) struct Intra;
/// Words of other blocks: table B-17.
pub(crate) struct Inter;
pub(crate) struct ReversibleIntra;
pub(crate) struct ReversibleInter;
/// Words of H.263: those of table B-17 with another escape.
pub(crate) struct Short;

impl Words for Intra {
    #[inline(always)]
    fn read(r: &mut BitReader<'_>) -> Result<Event> {
        read_plain(r, &INTRA, &INTRA_REACH)
    }
}

impl Words for Inter {
    #[inline(always)]
    fn read(r: &mut BitReader<'_>) -> Result<Event> {
        read_plain(r, &INTER, &INTER_REACH)
    }
}

impl Words for ReversibleIntra {
    fn read(r: &mut BitReader<'_>) -> Result<Event> {
        read_reversible(r, &REVERSIBLE_INTRA)
    }
}

impl Words for ReversibleInter {
    fn read(r: &mut BitReader<'_>) -> Result<Event> {
        read_reversible(r, &REVERSIBLE_INTER)
    }
}

impl Words for Short {
    #[inline(always)]
    fn read(r: &mut BitReader<'_>) -> Result<Event> {
        let bits = r.peek57();
        let entry = INTER.find(bits);
        if entry.level() != 0 {
            let length = entry.length();
            r.skip(length as usize + 1, ELEMENT)?;
            return Ok(Event { last: entry.last(), run: entry.run(), level: signed(entry.level(), next_bit(bits, length)) });
        }
        if !entry.escapes() {
            return Err(no_word(r, ELEMENT));
        }
        let rest = bits << entry.length();
        let level = ((rest << 7) as i64 >> 56) as i32;
        if matches!(level, 0 | -128) {
            return Err(malformed(r, "an escaped level of 0 or -128"));
        }
        r.skip(22, ELEMENT)?;
        Ok(Event { last: rest >> 63 != 0, run: (rest >> 57 & 63) as u32, level })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_mpeg::vlc::{self, SPECIAL};
    use proptest::prelude::*;

    fn with_escape(events: &[Word], (bits, length): (u16, u8)) -> Vec<(u16, u8, u32)> {
        let mut words = vlc::words_of(events);
        words.push((bits, length, SPECIAL[0]));
        words
    }

    #[test]
    fn every_word_is_found() {
        vlc::check(&INTRA, &with_escape(&INTRA_EVENTS, INTRA_EVENTS_ESCAPE));
        vlc::check(&INTER, &with_escape(&INTER_EVENTS, INTER_EVENTS_ESCAPE));
        vlc::check(&REVERSIBLE_INTRA, &with_escape(&REVERSIBLE_INTRA_EVENTS, REVERSIBLE_INTRA_EVENTS_ESCAPE));
        vlc::check(&REVERSIBLE_INTER, &with_escape(&REVERSIBLE_INTER_EVENTS, REVERSIBLE_INTER_EVENTS_ESCAPE));
    }

    /// Bits from the most significant on.
    #[derive(Default)]
    struct Writer(Vec<bool>);

    impl Writer {
        fn put(&mut self, bits: u32, length: u32) -> &mut Self {
            self.0.extend((0..length).rev().map(|i| bits >> i & 1 == 1));
            self
        }

        fn bytes(&self) -> Vec<u8> {
            self.0.chunks(8).map(|c| c.iter().enumerate().fold(0, |byte, (i, &bit)| byte | u8::from(bit) << (7 - i))).collect()
        }
    }

    fn put_word(writer: &mut Writer, events: &[Word], event: Event) -> bool {
        let wanted = (u8::from(event.last), event.run, event.level.unsigned_abs());
        let word = events.iter().find(|&&(_, _, last, run, level)| (last, u32::from(run), u32::from(level)) == wanted);
        let Some(&(bits, length, ..)) = word else { return false };
        writer.put(bits.into(), length.into()).put(u32::from(event.level < 0), 1);
        true
    }

    /// The four ways that an event can be written; false where this one cannot.
    fn put_event(writer: &mut Writer, events: &[Word], reach: &Reach, event: Event, way: usize) -> bool {
        let Event { last, run, level } = event;
        let sign = level.signum();
        match way {
            0 => put_word(writer, events, event),
            1 if run < 64 => {
                writer.put(3, 7).put(0, 1);
                let less = level.abs() - i32::from(reach.level[usize::from(last)][run as usize]);
                less > 0 && put_word(writer, events, Event { level: sign * less, ..event })
            }
            2 if level.abs() < 64 => {
                writer.put(3, 7).put(2, 2);
                let longest = u32::from(reach.run[usize::from(last)][level.unsigned_abs() as usize]);
                run > longest && put_word(writer, events, Event { run: run - longest - 1, ..event })
            }
            3 => {
                writer.put(3, 7).put(3, 2).put(last.into(), 1).put(run, 6).put(1, 1).put(level as u32 & 0xfff, 12).put(1, 1);
                true
            }
            _ => false,
        }
    }

    fn event() -> impl Strategy<Value = Event> {
        let level = prop_oneof![1i32..40, 1i32..=2047];
        (any::<bool>(), prop_oneof![0u32..8, 0u32..64], level, any::<bool>()).prop_map(|(last, run, level, negative)| Event {
            last,
            run,
            level: if negative { -level } else { level },
        })
    }

    proptest! {
        #[test]
        fn an_event_reads_as_it_was_written(event in event(), way in 0usize..4) {
            let mut writer = Writer::default();
            if put_event(&mut writer, &INTRA_EVENTS, &INTRA_REACH, event, way) {
                let bytes = writer.bytes();
                let mut r = BitReader::new(&bytes);
                prop_assert_eq!(Intra::read(&mut r).unwrap(), event);
                prop_assert_eq!(r.position(), writer.0.len());
            }
            let mut writer = Writer::default();
            if put_event(&mut writer, &INTER_EVENTS, &INTER_REACH, event, way) {
                let bytes = writer.bytes();
                let mut r = BitReader::new(&bytes);
                prop_assert_eq!(Inter::read(&mut r).unwrap(), event);
                prop_assert_eq!(r.position(), writer.0.len());
            }
        }

        #[test]
        fn a_reversible_escape_reads_as_it_was_written(event in event()) {
            let mut writer = Writer::default();
            let Event { last, run, level } = event;
            writer.put(0, 4).put(1, 1).put(last.into(), 1).put(run, 6).put(1, 1).put(level.unsigned_abs(), 11).put(16, 5).put(u32::from(level < 0), 1);
            let bytes = writer.bytes();
            let mut r = BitReader::new(&bytes);
            prop_assert_eq!(ReversibleInter::read(&mut r).unwrap(), event);
            prop_assert_eq!(r.position(), writer.0.len());
        }

        #[test]
        fn a_short_escape_reads_as_it_was_written(event in event()) {
            let event = Event { level: event.level.clamp(-127, 127), ..event };
            let mut writer = Writer::default();
            writer.put(3, 7).put(event.last.into(), 1).put(event.run, 6).put(event.level as u32 & 0xff, 8);
            let bytes = writer.bytes();
            let mut r = BitReader::new(&bytes);
            prop_assert_eq!(Short::read(&mut r).unwrap(), event);
            prop_assert_eq!(r.position(), writer.0.len());
        }
    }
}
