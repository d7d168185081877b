//! film_grain_params( ) (5.9.30, 6.8.20).

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::frame::Stop;
use super::{FrameHeader, FrameType, SequenceHeader};
use crate::refs::SlotsView;

/// film_grain_params( ): whatever is synthesised, in the order of the syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FilmGrainParams {
    pub(crate) apply_grain: bool,
    pub(crate) grain_seed: u16,
    pub(crate) update_grain: bool,
    pub(crate) num_y_points: u8,
    pub(crate) point_y_value: [u8; 16],
    pub(crate) point_y_scaling: [u8; 16],
    pub(crate) chroma_scaling_from_luma: bool,
    pub(crate) num_cb_points: u8,
    pub(crate) point_cb_value: [u8; 16],
    pub(crate) point_cb_scaling: [u8; 16],
    pub(crate) num_cr_points: u8,
    pub(crate) point_cr_value: [u8; 16],
    pub(crate) point_cr_scaling: [u8; 16],
    pub(crate) grain_scaling_minus_8: u8,
    pub(crate) ar_coeff_lag: u8,
    pub(crate) ar_coeff_shift_minus_6: u8,
    pub(crate) grain_scale_shift: u8,
    pub(crate) cb_mult: u8,
    pub(crate) cb_luma_mult: u8,
    pub(crate) cb_offset: u16,
    pub(crate) cr_mult: u8,
    pub(crate) cr_luma_mult: u8,
    pub(crate) cr_offset: u16,
    pub(crate) overlap_flag: bool,
    pub(crate) clip_to_restricted_range: bool,
}

impl FilmGrainParams {
    /// film_grain_params( ) (5.9.30).
    pub(super) fn read(
        bits: &mut BitReader<'_>,
        sequence: &SequenceHeader,
        frame: &FrameHeader,
        slots: &SlotsView<'_>,
    ) -> Result<Self, Stop> {
        if !sequence.film_grain_params_present || (!frame.show_frame && !frame.showable_frame) || !bits.flag("apply_grain")? {
            return Ok(Self::default());
        }
        let mut params =
            Self { apply_grain: true, grain_seed: bits.u(16, "grain_seed")? as u16, update_grain: true, ..Self::default() };
        if frame.frame_type == FrameType::Inter {
            params.update_grain = bits.flag("update_grain")?;
        }
        if !params.update_grain {
            let film_grain_params_ref_idx = bits.u(3, "film_grain_params_ref_idx")? as u8;
            if !frame.ref_frame_idx.contains(&film_grain_params_ref_idx) {
                return Err(ParseError::malformed("film_grain_params_ref_idx", "it is no reference of this frame").into());
            }
            let reference = slots.header(film_grain_params_ref_idx).ok_or(Stop::Missing)?;
            return Ok(Self { grain_seed: params.grain_seed, ..reference.film_grain_params });
        }
        params.read_points(bits, sequence)?;
        params.read_coefficients(bits)?;
        Ok(params)
    }

    /// The points of the scaling functions (5.9.30).
    fn read_points(&mut self, bits: &mut BitReader<'_>, sequence: &SequenceHeader) -> Result<()> {
        let color = &sequence.color_config;
        self.num_y_points = bits.u(4, "num_y_points")? as u8;
        if self.num_y_points > 14 {
            return Err(ParseError::malformed("num_y_points", "more than 14"));
        }
        read_curve(
            bits,
            self.num_y_points,
            &mut self.point_y_value,
            &mut self.point_y_scaling,
            ["point_y_value", "point_y_scaling"],
        )?;
        self.chroma_scaling_from_luma = !color.mono_chrome && bits.flag("chroma_scaling_from_luma")?;
        let no_chroma = color.subsampling_x && color.subsampling_y && self.num_y_points == 0;
        if color.mono_chrome || self.chroma_scaling_from_luma || no_chroma {
            return Ok(());
        }
        self.num_cb_points = bits.u(4, "num_cb_points")? as u8;
        if self.num_cb_points > 10 {
            return Err(ParseError::malformed("num_cb_points", "more than 10"));
        }
        read_curve(
            bits,
            self.num_cb_points,
            &mut self.point_cb_value,
            &mut self.point_cb_scaling,
            ["point_cb_value", "point_cb_scaling"],
        )?;
        self.num_cr_points = bits.u(4, "num_cr_points")? as u8;
        if self.num_cr_points > 10 {
            return Err(ParseError::malformed("num_cr_points", "more than 10"));
        }
        read_curve(
            bits,
            self.num_cr_points,
            &mut self.point_cr_value,
            &mut self.point_cr_scaling,
            ["point_cr_value", "point_cr_scaling"],
        )
    }

    /// What follows the points (5.9.30).
    fn read_coefficients(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        self.grain_scaling_minus_8 = bits.u(2, "grain_scaling_minus_8")? as u8;
        self.ar_coeff_lag = bits.u(2, "ar_coeff_lag")? as u8;
        let num_pos_luma = 2 * usize::from(self.ar_coeff_lag) * (usize::from(self.ar_coeff_lag) + 1);
        let num_pos_chroma = num_pos_luma + usize::from(self.num_y_points > 0);
        if self.num_y_points > 0 {
            bits.bytes(num_pos_luma, "ar_coeffs_y_plus_128")?;
        }
        if self.chroma_scaling_from_luma || self.num_cb_points > 0 {
            bits.bytes(num_pos_chroma, "ar_coeffs_cb_plus_128")?;
        }
        if self.chroma_scaling_from_luma || self.num_cr_points > 0 {
            bits.bytes(num_pos_chroma, "ar_coeffs_cr_plus_128")?;
        }
        self.ar_coeff_shift_minus_6 = bits.u(2, "ar_coeff_shift_minus_6")? as u8;
        self.grain_scale_shift = bits.u(2, "grain_scale_shift")? as u8;
        if self.num_cb_points > 0 {
            self.cb_mult = bits.u(8, "cb_mult")? as u8;
            self.cb_luma_mult = bits.u(8, "cb_luma_mult")? as u8;
            self.cb_offset = bits.u(9, "cb_offset")? as u16;
        }
        if self.num_cr_points > 0 {
            self.cr_mult = bits.u(8, "cr_mult")? as u8;
            self.cr_luma_mult = bits.u(8, "cr_luma_mult")? as u8;
            self.cr_offset = bits.u(9, "cr_offset")? as u16;
        }
        self.overlap_flag = bits.flag("overlap_flag")?;
        self.clip_to_restricted_range = bits.flag("clip_to_restricted_range")?;
        Ok(())
    }
}

/// The points of one piecewise linear scaling function (5.9.30).
fn read_curve(
    bits: &mut BitReader<'_>,
    n: u8,
    values: &mut [u8; 16],
    scalings: &mut [u8; 16],
    elements: [&'static str; 2],
) -> Result<()> {
    for (value, scaling) in values.iter_mut().zip(scalings).take(usize::from(n)) {
        *value = bits.u(8, elements[0])? as u8;
        *scaling = bits.u(8, elements[1])? as u8;
    }
    Ok(())
}
