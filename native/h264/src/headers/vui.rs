//! vui_parameters( ): E.1.1, and hrd_parameters( ): E.1.2. Of them only SEI messages depend on it, which are read for who asks
//! for headers: no picture does.

use codecorpus_bitstream::sei::payloads::Standard;
use codecorpus_bitstream::vui::read_colour_and_shape;
use codecorpus_bitstream::{BitReader, Result};

/// What pic_timing( ) and buffering_period( ) are read with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Vui {
    /// Of NAL and of VCL.
    pub(crate) hrd: [Option<Hrd>; 2],
    pub(crate) pic_struct_present_flag: bool,
}

/// Lengths in bits, and how many schedules there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hrd {
    /// cpb_cnt_minus1 + 1.
    pub(crate) cpb_count: u32,
    pub(crate) initial_cpb_removal_delay_length: u32,
    pub(crate) cpb_removal_delay_length: u32,
    pub(crate) dpb_output_delay_length: u32,
    pub(crate) time_offset_length: u32,
}

impl Vui {
    /// # Errors
    /// A schedule more than there may be, or the data end.
    pub(crate) fn read(r: &mut BitReader<'_>) -> Result<Self> {
        read_colour_and_shape(r, Standard::H264)?;
        if r.flag("timing_info_present_flag")? {
            r.each(&[(32, "num_units_in_tick"), (32, "time_scale"), (1, "fixed_frame_rate_flag")])?;
        }
        let nal = if r.flag("nal_hrd_parameters_present_flag")? { Some(Hrd::read(r)?) } else { None };
        let vcl = if r.flag("vcl_hrd_parameters_present_flag")? { Some(Hrd::read(r)?) } else { None };
        if nal.is_some() || vcl.is_some() {
            r.flag("low_delay_hrd_flag")?;
        }
        let pic_struct_present_flag = r.flag("pic_struct_present_flag")?;
        if r.flag("bitstream_restriction_flag")? {
            r.flag("motion_vectors_over_pic_boundaries_flag")?;
            r.ue("max_bytes_per_pic_denom")?;
            r.ue("max_bits_per_mb_denom")?;
            r.ue("log2_max_mv_length_horizontal")?;
            r.ue("log2_max_mv_length_vertical")?;
            r.ue("max_num_reorder_frames")?;
            r.ue("max_dec_frame_buffering")?;
        }
        Ok(Self { hrd: [nal, vcl], pic_struct_present_flag })
    }

    /// Either of them: what both have in common is equal (E.2.2).
    #[must_use]
    pub(crate) fn any_hrd(&self) -> Option<&Hrd> {
        self.hrd.iter().flatten().next()
    }
}

impl Hrd {
    fn read(r: &mut BitReader<'_>) -> Result<Self> {
        let cpb_count = r.ue_max(31, "cpb_cnt_minus1")? + 1;
        r.each(&[(4, "bit_rate_scale"), (4, "cpb_size_scale")])?;
        for _ in 0..cpb_count {
            r.ue("bit_rate_value_minus1")?;
            r.ue("cpb_size_value_minus1")?;
            r.flag("cbr_flag")?;
        }
        Ok(Self {
            cpb_count,
            initial_cpb_removal_delay_length: r.u(5, "initial_cpb_removal_delay_length_minus1")? + 1,
            cpb_removal_delay_length: r.u(5, "cpb_removal_delay_length_minus1")? + 1,
            dpb_output_delay_length: r.u(5, "dpb_output_delay_length_minus1")? + 1,
            time_offset_length: r.u(5, "time_offset_length")?,
        })
    }
}
