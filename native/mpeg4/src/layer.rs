//! What headers leave for the VOPs behind them: 6.2.2 to 6.2.4, and the clock of 6.2.5.

use codecorpus_bitstream::{BitReader, ParseError, Result, syntax};

use crate::clock::Clock;
use crate::headers::vop::{VopTime, read_type};
use crate::headers::{Vol, VopType, start_code};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) vol: Option<Vol>,
    visual_object_verid: u32,
    /// Why what follows cannot be read until a layer's header comes that can.
    vol_damage: Option<ParseError>,
    pub(crate) clock: Clock,
    /// Packets hold two VOPs, as the encoder says or as one did: a container's times of presentation are those of no VOP.
    pub(crate) is_packed: bool,
}

impl Default for Layer {
    fn default() -> Self {
        Self { vol: None, visual_object_verid: 1, vol_damage: None, clock: Clock::default(), is_packed: false }
    }
}

impl Layer {
    /// Reads what stands behind a start code, if it is a header.
    ///
    /// # Errors
    /// Anything in it that breaks the standard, or is not supported. [`Layer::lose`] then says what comes of it.
    pub(crate) fn read(&mut self, code: u8, data: &[u8]) -> Result<()> {
        let mut reader = BitReader::of(data, syntax_structure(code));
        reader.seek(8);
        match code {
            start_code::FIRST_VOL..=start_code::LAST_VOL => {
                self.vol = Some(Vol::read(&mut reader, self.visual_object_verid)?);
                self.vol_damage = None;
                self.clock.begin_layer();
            }
            start_code::VISUAL_OBJECT => self.read_visual_object(&mut reader)?,
            start_code::GROUP_OF_VOP => self.read_group(&mut reader)?,
            start_code::VISUAL_OBJECT_SEQUENCE => {
                reader.each(&[(8, "profile_and_level_indication")]).unwrap_or_else(|error| syntax::fail(&error));
            }
            start_code::USER_DATA => {
                self.is_packed |= says_packed(data.get(1..).unwrap_or_default());
                reader.bytes(reader.left() / 8, "user_data")?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What follows a layer's header that could not be read cannot be read either.
    pub(crate) fn lose(&mut self, code: u8, error: &ParseError) {
        if (start_code::FIRST_VOL..=start_code::LAST_VOL).contains(&code) {
            self.vol_damage = Some(error.clone());
        }
    }

    /// VisualObject( ): 6.2.2; pictures need only what versions of the standard it is of.
    fn read_visual_object(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        self.visual_object_verid = if r.flag("is_visual_object_identifier")? { r.u(4, "visual_object_verid")? } else { 1 };
        if r.is_noted()
            && let Err(error) = note_visual_object(r)
        {
            syntax::fail(&error);
        }
        Ok(())
    }

    /// Group_of_VideoObjectPlane( ): 6.2.4. Its time_code is a synchronisation point.
    fn read_group(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        let hours = r.u(5, "time_code_hours")?;
        let minutes = r.u(6, "time_code_minutes")?;
        r.skip(1, "marker_bit")?;
        let seconds = r.u(6, "time_code_seconds")?;
        self.clock.synchronise(i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds));
        if r.is_noted() {
            r.each(&[(1, "closed_gov"), (1, "broken_link")]).unwrap_or_else(|error| syntax::fail(&error));
        }
        Ok(())
    }

    /// The layer of a VOP, the clock that has ticked for it, and what the VOP begins with; `r` stands behind its start code. None
    /// where no layer has come.
    ///
    /// # Errors
    /// The layer's header could not be read, or the data end.
    pub(crate) fn read_time(&mut self, r: &mut BitReader<'_>) -> Result<Option<(&Vol, &Clock, VopTime)>> {
        let Some(vol) = &self.vol else { return Ok(None) };
        let vop_type = vop_type(r.data());
        match self.vol_damage.clone().map_or_else(|| VopTime::read(r, vol), Err) {
            Ok(time) => {
                self.clock.tick(&time, vol);
                Ok(Some((vol, &self.clock, time)))
            }
            Err(error) => {
                if vop_type != Some(VopType::B) {
                    self.clock.lose();
                }
                Err(error)
            }
        }
    }
}

/// Whether user data are DivX' version and build, such as `DivX503b1393p`, with the letter of packets that hold two VOPs.
fn says_packed(user_data: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let Some(version) = user_data.strip_prefix(b"DivX") else { return false };
    let build = &version[digits(version)..];
    let Some(build) = build.strip_prefix(b"Build").or_else(|| build.strip_prefix(b"b")) else { return false };
    build.get(digits(build)) == Some(&b'p')
}

/// vop_coding_type, where there is so much of a VOP.
pub(crate) fn vop_type(unit: &[u8]) -> Option<VopType> {
    read_type(&mut BitReader::new(unit.get(1..)?)).ok()
}

/// The syntax structure behind a start code, for who asks for headers.
const fn syntax_structure(code: u8) -> &'static str {
    match code {
        start_code::FIRST_VOL..=start_code::LAST_VOL => "VideoObjectLayer",
        start_code::VISUAL_OBJECT => "VisualObject",
        start_code::GROUP_OF_VOP => "Group_of_VideoObjectPlane",
        start_code::VISUAL_OBJECT_SEQUENCE => "VisualObjectSequence",
        start_code::USER_DATA => "user_data",
        ..=0x1F => "VideoObject",
        _ => "reserved",
    }
}

/// The rest of VisualObject( ).
fn note_visual_object(r: &mut BitReader<'_>) -> Result<()> {
    const VIDEO_ID: u32 = 1;
    const STILL_TEXTURE_ID: u32 = 2;
    if r.data().get(1).is_some_and(|first| first & 0x80 != 0) {
        r.u(3, "visual_object_priority")?;
    }
    if matches!(r.u(4, "visual_object_type")?, VIDEO_ID | STILL_TEXTURE_ID) && r.flag("video_signal_type")? {
        r.each(&[(3, "video_format"), (1, "video_range")])?;
        if r.flag("colour_description")? {
            r.each(&[(8, "colour_primaries"), (8, "transfer_characteristics"), (8, "matrix_coefficients")])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoder_says_that_its_packets_hold_two_vops() {
        for (user_data, is_packed) in [
            (&b"DivX503b1393p"[..], true),
            (b"DivX501Build413p\0", true),
            (b"DivX503b1393", false),
            (b"DivX503b1393n", false),
            (b"DivX", false),
            (b"XviD0046p", false),
            (b"", false),
        ] {
            let mut layer = Layer::default();
            layer.read(start_code::USER_DATA, &[&[start_code::USER_DATA], user_data].concat()).unwrap();
            assert_eq!(layer.is_packed, is_packed, "{user_data:?}");
        }
    }
}
