//! hrd_parameters( ) (E.2.2): SEI messages are read with it.

use codecorpus_bitstream::{BitReader, Result};

/// Lengths in bits, and what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Hrd {
    pub(crate) nal_hrd_parameters_present_flag: bool,
    pub(crate) vcl_hrd_parameters_present_flag: bool,
    /// Where sub_pic_hrd_params_present_flag is 1.
    pub(crate) sub_pic: Option<SubPic>,
    pub(crate) initial_cpb_removal_delay_length: u32,
    pub(crate) au_cpb_removal_delay_length: u32,
    pub(crate) dpb_output_delay_length: u32,
    /// CpbCnt of the highest sub-layer.
    pub(crate) cpb_count: u32,
}

/// Of decoding units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SubPic {
    pub(crate) du_cpb_removal_delay_increment_length: u32,
    pub(crate) sub_pic_cpb_params_in_pic_timing_sei_flag: bool,
    pub(crate) dpb_output_delay_du_length: u32,
}

impl Hrd {
    /// CpbDpbDelaysPresentFlag.
    pub(crate) const fn has_delays(&self) -> bool {
        self.nal_hrd_parameters_present_flag || self.vcl_hrd_parameters_present_flag
    }

    /// hrd_parameters( 1, maxNumSubLayersMinus1 ), or with `common` hrd_parameters( 0, … ), whose common part is that one's.
    pub(crate) fn read(bits: &mut BitReader<'_>, common: Option<Self>, max_sub_layers_minus1: u32) -> Result<Self> {
        let mut hrd = match common {
            Some(common) => common,
            None => Self::read_common(bits)?,
        };
        for _ in 0..=max_sub_layers_minus1 {
            hrd.cpb_count = read_sub_layer(bits)?;
            for _ in 0..u32::from(hrd.nal_hrd_parameters_present_flag) + u32::from(hrd.vcl_hrd_parameters_present_flag) {
                read_sub_layer_hrd_parameters(bits, hrd.cpb_count, hrd.sub_pic.is_some())?;
            }
        }
        Ok(hrd)
    }

    fn read_common(bits: &mut BitReader<'_>) -> Result<Self> {
        let mut hrd = Self {
            nal_hrd_parameters_present_flag: bits.flag("nal_hrd_parameters_present_flag")?,
            vcl_hrd_parameters_present_flag: bits.flag("vcl_hrd_parameters_present_flag")?,
            ..Self::default()
        };
        if !hrd.has_delays() {
            return Ok(hrd);
        }
        if bits.flag("sub_pic_hrd_params_present_flag")? {
            bits.u(8, "tick_divisor_minus2")?;
            hrd.sub_pic = Some(SubPic {
                du_cpb_removal_delay_increment_length: bits.u(5, "du_cpb_removal_delay_increment_length_minus1")? + 1,
                sub_pic_cpb_params_in_pic_timing_sei_flag: bits.flag("sub_pic_cpb_params_in_pic_timing_sei_flag")?,
                dpb_output_delay_du_length: bits.u(5, "dpb_output_delay_du_length_minus1")? + 1,
            });
        }
        bits.each(&[(4, "bit_rate_scale"), (4, "cpb_size_scale")])?;
        if hrd.sub_pic.is_some() {
            bits.u(4, "cpb_size_du_scale")?;
        }
        hrd.initial_cpb_removal_delay_length = bits.u(5, "initial_cpb_removal_delay_length_minus1")? + 1;
        hrd.au_cpb_removal_delay_length = bits.u(5, "au_cpb_removal_delay_length_minus1")? + 1;
        hrd.dpb_output_delay_length = bits.u(5, "dpb_output_delay_length_minus1")? + 1;
        Ok(hrd)
    }
}

/// What stands before sub_layer_hrd_parameters( ); gives CpbCnt.
fn read_sub_layer(bits: &mut BitReader<'_>) -> Result<u32> {
    let general = bits.flag("fixed_pic_rate_general_flag")?;
    let within_cvs = general || bits.flag("fixed_pic_rate_within_cvs_flag")?;
    let mut low_delay = false;
    if within_cvs {
        bits.ue("elemental_duration_in_tc_minus1")?;
    } else {
        low_delay = bits.flag("low_delay_hrd_flag")?;
    }
    Ok(if low_delay { 1 } else { bits.ue_max(31, "cpb_cnt_minus1")? + 1 })
}

fn read_sub_layer_hrd_parameters(bits: &mut BitReader<'_>, cpb_count: u32, sub_pic: bool) -> Result<()> {
    for _ in 0..cpb_count {
        bits.ue("bit_rate_value_minus1")?;
        bits.ue("cpb_size_value_minus1")?;
        if sub_pic {
            bits.ue("cpb_size_du_value_minus1")?;
            bits.ue("bit_rate_du_value_minus1")?;
        }
        bits.flag("cbr_flag")?;
    }
    Ok(())
}
