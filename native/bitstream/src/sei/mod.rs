//! sei_rbsp( ): H.264 7.3.2.3 and 7.3.2.3.1, HEVC 7.3.2.4 and 7.3.5, which are alike.

mod colour;
pub mod payloads;
mod sphere;
mod standard;

use std::sync::Arc;

use crate::{BitReader, ParseError, Result, syntax};

/// payloadType and the payload of each message, from where the reader stands; what cannot be read ends them.
pub fn messages<'a>(mut reader: BitReader<'a>) -> impl Iterator<Item = (u32, &'a [u8])> {
    std::iter::from_fn(move || {
        if !reader.more_rbsp_data() {
            return None;
        }
        let payload_type = read_ff_coded(&mut reader)?;
        let payload_size = read_ff_coded(&mut reader)? as usize;
        let begin = reader.position() / 8;
        let payload = reader.data().get(begin..begin.checked_add(payload_size)?)?;
        reader.skip(payload_size.checked_mul(8)?, "sei_payload").ok()?;
        Some((payload_type, payload))
    })
}

/// payloadType or payloadSize: a run of 0xFF and a last byte.
fn read_ff_coded(reader: &mut BitReader<'_>) -> Option<u32> {
    let mut sum = 0u32;
    loop {
        let byte = reader.u(8, "ff_byte").ok()?;
        sum = sum.checked_add(byte)?;
        if byte != 0xFF {
            return Some(sum);
        }
    }
}

/// The VUI that messages are read with: of the sequence parameter set whose number, `element`, was `named` last; where none was
/// yet, of the only one.
///
/// # Errors
/// There is no such set, or it has no VUI that could be read.
pub fn vui_of_messages<'a, S, V>(
    sets: &'a [Option<Arc<S>>],
    named: Option<u8>,
    element: &'static str,
    vui: impl FnOnce(&'a S) -> Option<&'a V>,
) -> Result<&'a V> {
    let missing = |reason: &'static str| ParseError::malformed(element, reason);
    let set = set_of_messages(sets, named).ok_or_else(|| missing("there is no such sequence parameter set"))?;
    vui(set).ok_or_else(|| missing("its VUI does not say how to read this"))
}

fn set_of_messages<T>(sets: &[Option<Arc<T>>], named: Option<u8>) -> Option<&T> {
    if let Some(id) = named {
        return sets.get(usize::from(id))?.as_deref();
    }
    let mut all = sets.iter().flatten();
    all.next().filter(|_| all.next().is_none()).map(Arc::as_ref)
}

/// Notes every message as a structure of its own, for who asks for headers: `name` is that of a payload's syntax, `read` reads
/// it where that is done at all.
pub fn note(
    reader: &BitReader<'_>,
    name: impl Fn(u32) -> &'static str,
    mut read: impl FnMut(u32, &mut BitReader<'_>) -> Option<Result<()>>,
) {
    for (payload_type, payload) in messages(BitReader::silent(reader)) {
        let mut bits = BitReader::of(payload, name(payload_type));
        syntax::note("payloadType", i64::from(payload_type));
        syntax::note("payloadSize", payload.len() as i64);
        let result = match read(payload_type, &mut bits) {
            Some(result) => result.and_then(|()| check_end(&bits)),
            None => bits.bytes(payload.len(), "sei_payload"),
        };
        if let Err(error) = result {
            syntax::fail(&error);
        }
    }
}

/// A payload ends with its last element, or with a one and zeros up to the byte's end.
fn check_end(bits: &BitReader<'_>) -> Result<()> {
    let left = bits.left();
    if left == 0 || left < 8 && bits.last_one_bit() == Some(bits.position()) {
        return Ok(());
    }
    Err(ParseError::malformed("sei_payload", format!("{left} bits follow that are not read")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_noted_by_name_and_what_they_do_not_hold_is_told() {
        syntax::record(true);
        let unit = [144, 4, 3, 232, 1, 144, 5, 1, 9, 144, 1, 7, 144, 5, 0, 1, 0, 1, 0, 0x80];
        let name = |payload_type| if payload_type == 144 { "content_light_level_info" } else { "other" };
        note(&BitReader::new(&unit), name, |payload_type, bits| {
            (payload_type == 144).then(|| payloads::content_light_level_info(bits))
        });
        let noted = syntax::take();
        syntax::record(false);
        let of = |structure: &syntax::Structure| (structure.elements.clone(), structure.error.is_some());
        let [light, other, short, long] = noted.as_slice() else { panic!("{noted:?}") };
        assert_eq!(of(light).0[2..], [("max_content_light_level", 1000), ("max_pic_average_light_level", 400)]);
        assert_eq!(of(other), (vec![("payloadType", 5), ("payloadSize", 1), ("sei_payload", 9)], false));
        assert_eq!([light.error.is_some(), short.error.is_some(), long.error.is_some()], [false, true, true]);
    }

    fn read(data: &[u8]) -> Vec<(u32, &[u8])> {
        messages(BitReader::new(data)).collect()
    }

    #[test]
    fn messages_follow_each_other() {
        assert_eq!(read(&[5, 2, 1, 2, 255, 6, 1, 0xC0, 0x80]), [(5, &[1, 2][..]), (261, &[0xC0])]);
        assert_eq!(read(&[5, 0, 0x80]), [(5, &[][..])]);
    }

    #[test]
    fn what_breaks_off_ends_them() {
        assert_eq!(read(&[5, 1, 9, 6, 200, 1, 0x80]), [(5, &[9][..])]);
        assert!(read(&[255, 255]).is_empty());
    }
}
