//! vps_vui( ), video_signal_info( ) and vps_vui_bsp_hrd_params( ) (F.7.3.2.1.4 to F.7.3.2.1.6).

use codecorpus_bitstream::{BitReader, Result};

use super::hrd::Hrd;
use super::vps_layers::{LayerSets, Layers, OutputLayerSet, VpsBase, read_below};

/// What vps_vui( ) is read with.
pub(crate) struct VpsVui<'a> {
    pub(crate) vps: &'a VpsBase,
    pub(crate) layers: &'a Layers,
    pub(crate) layer_sets: &'a LayerSets,
    /// MaxSubLayersInLayerSetMinus1.
    pub(crate) max_sub_layers_minus1: &'a [u32],
    /// All but the first one.
    pub(crate) output_layer_sets: &'a [OutputLayerSet],
}

impl VpsVui<'_> {
    /// Reads it from its first element on, which is aligned.
    pub(crate) fn read(&self, bits: &mut BitReader<'_>) -> Result<()> {
        // Where pictures of an access unit are of one type, they are IRAP pictures together.
        let cross_layer_irap_aligned_flag =
            bits.flag("cross_layer_pic_type_aligned_flag")? || bits.flag("cross_layer_irap_aligned_flag")?;
        if cross_layer_irap_aligned_flag {
            bits.flag("all_layers_idr_aligned_flag")?;
        }
        self.read_rates(bits)?;
        self.read_video_signal_info(bits)?;
        self.read_tiles(bits)?;
        if !bits.flag("wpp_not_in_use_flag")? {
            for _ in self.first_layer()..self.layers.count() {
                bits.flag("wpp_in_use_flag")?;
            }
        }
        bits.each(&[(1, "single_layer_for_non_irap_flag"), (1, "higher_layer_irap_skip_flag")])?;
        self.read_inter_layer_restrictions(bits)?;
        if bits.flag("vps_vui_bsp_hrd_present_flag")? {
            self.read_bsp_hrd_params(bits)?;
        }
        for _ in (1..self.layers.count()).filter(|&i| self.layers.num_direct_ref_layers(i) == 0) {
            bits.flag("base_layer_parameter_set_compatibility_flag")?;
        }
        Ok(())
    }

    /// The first layer, and layer set, that is coded here: the base layer may be another bitstream's.
    fn first_layer(&self) -> usize {
        usize::from(!self.vps.vps_base_layer_internal_flag)
    }

    /// Bit rates and picture rates of layer sets.
    fn read_rates(&self, bits: &mut BitReader<'_>) -> Result<()> {
        let bit_rates = bits.flag("bit_rate_present_vps_flag")?;
        let pic_rates = bits.flag("pic_rate_present_vps_flag")?;
        if !bit_rates && !pic_rates {
            return Ok(());
        }
        for &max_sub_layers_minus1 in &self.max_sub_layers_minus1[self.first_layer()..] {
            for _ in 0..=max_sub_layers_minus1 {
                let bit_rate = bit_rates && bits.flag("bit_rate_present_flag")?;
                let pic_rate = pic_rates && bits.flag("pic_rate_present_flag")?;
                if bit_rate {
                    bits.each(&[(16, "avg_bit_rate"), (16, "max_bit_rate")])?;
                }
                if pic_rate {
                    bits.each(&[(2, "constant_pic_rate_idc"), (16, "avg_pic_rate")])?;
                }
            }
        }
        Ok(())
    }

    /// video_signal_info( ), one a layer that is coded here unless layers say which is theirs.
    fn read_video_signal_info(&self, bits: &mut BitReader<'_>) -> Result<()> {
        let coded = self.first_layer()..self.layers.count();
        let idx_present = bits.flag("video_signal_info_idx_present_flag")?;
        let count = if idx_present { bits.u(4, "vps_num_video_signal_info_minus1")? + 1 } else { coded.len() as u32 };
        for _ in 0..count {
            bits.each(&[
                (3, "video_vps_format"),
                (1, "video_full_range_vps_flag"),
                (8, "colour_primaries_vps"),
                (8, "transfer_characteristics_vps"),
                (8, "matrix_coeffs_vps"),
            ])?;
        }
        if idx_present && count > 1 {
            for _ in coded {
                bits.u_max(4, count - 1, "vps_video_signal_info_idx")?;
            }
        }
        Ok(())
    }

    fn read_tiles(&self, bits: &mut BitReader<'_>) -> Result<()> {
        if bits.flag("tiles_not_in_use_flag")? {
            return Ok(());
        }
        let mut tiles_in_use = 0u64;
        for i in self.first_layer()..self.layers.count() {
            if bits.flag("tiles_in_use_flag")? {
                tiles_in_use |= 1 << i;
                bits.flag("loop_filter_not_across_tiles_flag")?;
            }
        }
        for i in self.first_layer() + 1..self.layers.count() {
            for _ in self.layers.direct_ref_layers(i).filter(|j| tiles_in_use >> i & tiles_in_use >> j & 1 == 1) {
                bits.flag("tile_boundaries_aligned_flag")?;
            }
        }
        Ok(())
    }

    /// ilp_restricted_ref_layers_flag, and how far inter-layer prediction reaches.
    fn read_inter_layer_restrictions(&self, bits: &mut BitReader<'_>) -> Result<()> {
        if !bits.flag("ilp_restricted_ref_layers_flag")? {
            return Ok(());
        }
        for i in 1..self.layers.count() {
            for _ in self.layers.direct_ref_layers(i).filter(|&j| j >= self.first_layer()) {
                let offset = bits.ue("min_spatial_segment_offset_plus1")?;
                if offset > 0 && bits.flag("ctu_based_offset_enabled_flag")? {
                    bits.ue("min_horizontal_ctu_offset_plus1")?;
                }
            }
        }
        Ok(())
    }

    fn read_bsp_hrd_params(&self, bits: &mut BitReader<'_>) -> Result<()> {
        let before = self.vps.vps_num_hrd_parameters;
        let total = before + bits.ue_max(1024u32.saturating_sub(before), "vps_num_add_hrd_params")?;
        let mut last = self.vps.last_hrd;
        for i in before..total {
            let has_common = i == 0 || bits.flag("cprms_add_present_flag")?;
            let sub_layers_minus1 = bits.ue_max(self.vps.vps_max_sub_layers_minus1, "num_sub_layer_hrd_minus1")?;
            last = Some(Hrd::read(bits, last.filter(|_| !has_common), sub_layers_minus1)?);
        }
        if total > 0 {
            for output_layer_set in self.output_layer_sets {
                self.read_partitioning_schemes(bits, output_layer_set.layer_set, total)?;
            }
        }
        Ok(())
    }

    /// Bitstream partitions of a layer set and their schedules, of which `hrd_count` hrd_parameters( ) may be named.
    fn read_partitioning_schemes(&self, bits: &mut BitReader<'_>, layer_set: usize, hrd_count: u32) -> Result<()> {
        let num_layers = self.layer_sets.0[layer_set].len() as u32;
        // The first scheme, all layers in one partition, is not coded.
        let mut partitions = vec![1];
        for _ in 0..bits.ue_max(16, "num_signalled_partitioning_schemes")? {
            let count = bits.ue_max(num_layers - 1, "num_partitions_in_scheme_minus1")? + 1;
            for _ in 0..count * num_layers {
                bits.flag("layer_included_in_partition_flag")?;
            }
            partitions.push(count);
        }
        for count in partitions {
            for _ in 0..=self.max_sub_layers_minus1[layer_set] {
                for _ in 0..(bits.ue_max(31, "num_bsp_schedules_minus1")? + 1) * count {
                    read_below(bits, hrd_count, "bsp_hrd_idx")?;
                    bits.ue_max(31, "bsp_sched_idx")?;
                }
            }
        }
        Ok(())
    }
}
