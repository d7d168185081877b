//! The layers of a video parameter set, its layer sets and output layer sets: what vps_extension( ) and vps_vui( ) are read
//! with (F.7.4.3.1.1). A layer is its place in the VPS here, LayerIdxInVps; a set of layers is a bit for each place, and a
//! list of them where their order counts.

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::hrd::Hrd;
use super::slice::ceil_log2;

/// The place of ViewOrderIdx among the scalability dimensions (table F.1).
const MULTIVIEW: usize = 1;

/// nuh_layer_id is less than 63 (7.4.2.2), and so are the layers.
const MAX_NUH_LAYER_ID: u32 = 62;

/// What stands before vps_extension( ), as far as it is read with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct VpsBase {
    pub(crate) vps_base_layer_internal_flag: bool,
    pub(crate) vps_max_layers_minus1: u32,
    pub(crate) vps_max_sub_layers_minus1: u32,
    /// layer_id_included_flag, a bit for each nuh_layer_id; of layer set 0, which is the base layer, too.
    pub(crate) layer_ids_included: Vec<u64>,
    pub(crate) vps_num_hrd_parameters: u32,
    pub(crate) last_hrd: Option<Hrd>,
}

/// The layers, and what they are predicted from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Layers {
    layer_id_in_nuh: Vec<u8>,
    num_views: u32,
    /// direct_dependency_flag[ i ].
    pub(crate) direct_dependency: Vec<u64>,
    /// DependencyFlag[ i ] (F-4).
    dependency: Vec<u64>,
}

impl Layers {
    /// splitting_flag to direct_dependency_flag.
    pub(crate) fn read(bits: &mut BitReader<'_>, vps: &VpsBase) -> Result<Self> {
        let mut layers = Self::read_dimensions(bits, vps)?;
        let view_id_len = bits.u(4, "view_id_len")?;
        for _ in 0..if view_id_len > 0 { layers.num_views } else { 0 } {
            bits.u(view_id_len, "view_id_val")?;
        }
        layers.read_dependencies(bits)?;
        Ok(layers)
    }

    /// MaxLayersMinus1 + 1.
    pub(crate) fn count(&self) -> usize {
        self.layer_id_in_nuh.len()
    }

    /// NumDirectRefLayers of layer `i`.
    pub(crate) fn num_direct_ref_layers(&self, i: usize) -> u32 {
        self.direct_dependency[i].count_ones()
    }

    /// IdDirectRefLayer of layer `i`, as places.
    pub(crate) fn direct_ref_layers(&self, i: usize) -> impl Iterator<Item = usize> {
        let direct = self.direct_dependency[i];
        (0..i).filter(move |j| direct >> j & 1 == 1)
    }

    /// splitting_flag to dimension_id, and NumViews (F-2, F-3).
    fn read_dimensions(bits: &mut BitReader<'_>, vps: &VpsBase) -> Result<Self> {
        let splitting_flag = bits.flag("splitting_flag")?;
        let mut types = Vec::new();
        for i in 0..16 {
            if bits.flag("scalability_mask_flag")? {
                types.push(i);
            }
        }
        let dimensions = Dimensions::read(bits, splitting_flag, types.len())?;
        let view = types.iter().position(|&kind| kind == MULTIVIEW);
        let vps_nuh_layer_id_present_flag = bits.flag("vps_nuh_layer_id_present_flag")?;
        let mut layer_id_in_nuh = vec![0u8];
        let mut view_order_idx = vec![0];
        for i in 1..=vps.vps_max_layers_minus1 {
            let id = if vps_nuh_layer_id_present_flag { bits.u(6, "layer_id_in_nuh")? } else { i };
            if id > MAX_NUH_LAYER_ID || layer_id_in_nuh.last().is_some_and(|&last| id <= u32::from(last)) {
                return Err(ParseError::malformed("layer_id_in_nuh", "it does not increase, or is more than 62"));
            }
            let ids = dimensions.read_ids(bits, id)?;
            let view_order = view.map_or(0, |view| ids[view]);
            if !view_order_idx.contains(&view_order) {
                view_order_idx.push(view_order);
            }
            layer_id_in_nuh.push(id as u8);
        }
        Ok(Self { layer_id_in_nuh, num_views: view_order_idx.len() as u32, ..Self::default() })
    }

    /// direct_dependency_flag, and DependencyFlag (F-4).
    fn read_dependencies(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        for i in 0..self.count() {
            let mut direct = 0u64;
            for j in 0..i {
                direct |= u64::from(bits.flag("direct_dependency_flag")?) << j;
            }
            let indirect = (0..i).filter(|k| direct >> k & 1 == 1).fold(0, |sum, k| sum | self.dependency[k]);
            self.direct_dependency.push(direct);
            self.dependency.push(direct | indirect);
        }
        Ok(())
    }

    /// TreePartitionLayerIdList (F-6), as places.
    fn tree_partitions(&self) -> Vec<Vec<usize>> {
        let mut listed = 0u64;
        let independent = (0..self.count()).filter(|&i| self.direct_dependency[i] == 0);
        let partition = |i: usize| {
            let predicted = (i + 1..self.count()).filter(|&j| self.dependency[j] >> i & 1 == 1 && listed >> j & 1 == 0);
            let partition: Vec<usize> = std::iter::once(i).chain(predicted).collect();
            listed |= mask(&partition);
            partition
        };
        independent.map(partition).collect()
    }
}

/// Lengths of the scalability dimensions.
struct Dimensions {
    /// dimension_id_len_minus1 + 1.
    lengths: Vec<u32>,
    /// Dimensions are pieces of nuh_layer_id, the first one of its lowest bits.
    splitting_flag: bool,
}

impl Dimensions {
    fn read(bits: &mut BitReader<'_>, splitting_flag: bool, count: usize) -> Result<Self> {
        let coded = count.checked_sub(usize::from(splitting_flag));
        let coded = coded.ok_or_else(|| ParseError::malformed("splitting_flag", "there is no dimension"))?;
        let lengths = (0..coded).map(|_| Ok(bits.u(3, "dimension_id_len_minus1")? + 1));
        let mut lengths = lengths.collect::<Result<Vec<u32>>>()?;
        if splitting_flag {
            let last = 6u32.checked_sub(lengths.iter().sum()).filter(|&last| last > 0);
            lengths
                .push(last.ok_or_else(|| ParseError::malformed("dimension_id_len_minus1", "more bits than nuh_layer_id has"))?);
        }
        Ok(Self { lengths, splitting_flag })
    }

    /// dimension_id[ i ], of the layer of this nuh_layer_id.
    fn read_ids(&self, bits: &mut BitReader<'_>, nuh_layer_id: u32) -> Result<Vec<u32>> {
        let mut left = nuh_layer_id;
        let read = self.lengths.iter().map(|&length| {
            if !self.splitting_flag {
                return bits.u(length, "dimension_id");
            }
            let id = left & ((1 << length) - 1);
            left >>= length;
            Ok(id)
        });
        read.collect()
    }
}

/// A bit for each of these layers.
fn mask(layers: &[usize]) -> u64 {
    layers.iter().fold(0, |mask, layer| mask | 1 << layer)
}

/// LayerSetLayerIdList of every layer set, as places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LayerSets(pub(crate) Vec<Vec<usize>>);

impl LayerSets {
    /// Those that stand before vps_extension( ) (7-3), then num_add_layer_sets and highest_layer_idx_plus1 (F-7 to F-9).
    pub(crate) fn read(bits: &mut BitReader<'_>, vps: &VpsBase, layers: &Layers) -> Result<Self> {
        let places = |included: u64| {
            let ids = (0..64).filter(|id| included >> id & 1 == 1);
            let place = |id: u8| layers.layer_id_in_nuh.binary_search(&id).ok();
            let missing = || ParseError::malformed("layer_id_included_flag", "a layer that vps_extension( ) does not have");
            ids.map(|id| place(id).ok_or_else(missing)).collect::<Result<Vec<usize>>>()
        };
        let mut sets = vps.layer_ids_included.iter().map(|&included| places(included)).collect::<Result<Vec<_>>>()?;
        let partitions = layers.tree_partitions();
        if partitions.len() > 1 {
            for _ in 0..bits.ue_max(1023, "num_add_layer_sets")? {
                let mut set = Vec::new();
                for partition in &partitions[1..] {
                    let count = read_below(bits, partition.len() as u32 + 1, "highest_layer_idx_plus1")?;
                    set.extend_from_slice(&partition[..count as usize]);
                }
                sets.push(set);
            }
        }
        Ok(Self(sets))
    }

    /// MaxSubLayersInLayerSetMinus1 of every set (F-10).
    pub(crate) fn max_sub_layers_minus1(&self, sub_layers_vps_max_minus1: &[u32]) -> Vec<u32> {
        let most = |set: &Vec<usize>| set.iter().map(|&layer| sub_layers_vps_max_minus1[layer]).max();
        self.0.iter().map(|set| most(set).unwrap_or(0)).collect()
    }
}

/// u(v) of Ceil( Log2( count ) ) bits that must be less than `count`.
pub(crate) fn read_below(bits: &mut BitReader<'_>, count: u32, element: &'static str) -> Result<u32> {
    bits.u_max(ceil_log2(count), count - 1, element)
}

/// An output layer set other than the first one, which is the base layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputLayerSet {
    /// OlsIdxToLsIdx (F-11).
    pub(crate) layer_set: usize,
    /// OutputLayerFlag.
    output: u64,
    /// NecessaryLayerFlag (F-13).
    pub(crate) necessary: u64,
}

impl OutputLayerSet {
    /// num_add_olss to alt_output_layer_flag: all but the first one.
    pub(crate) fn read_all(
        bits: &mut BitReader<'_>,
        vps: &VpsBase,
        layers: &Layers,
        LayerSets(sets): &LayerSets,
        num_profile_tier_levels: u32,
    ) -> Result<Vec<Self>> {
        if sets.len() == 1 {
            return Ok(Vec::new());
        }
        let num_add_olss = bits.ue_max(1023, "num_add_olss")? as usize;
        let default_output_layer_idc = bits.u(2, "default_output_layer_idc")?.min(2);
        let mut output_layer_sets = Vec::new();
        for i in 1..sets.len() + num_add_olss {
            let layer_set = if i < sets.len() {
                i
            } else {
                read_below(bits, sets.len() as u32 - 1, "layer_set_idx_for_ols_minus1")? as usize + 1
            };
            let set = &sets[layer_set];
            let output = match default_output_layer_idc {
                0 if i < vps.layer_ids_included.len() => mask(set),
                1 if i < vps.layer_ids_included.len() => set.iter().max().map_or(0, |highest| 1 << highest),
                _ => read_output_layer_flags(bits, set)?,
            };
            if output == 0 {
                return Err(ParseError::malformed("output_layer_flag", "an output layer set without output"));
            }
            let output_layer_set = Self::derive(layer_set, set, output, layers);
            output_layer_set.read_profiles(bits, set, num_profile_tier_levels)?;
            output_layer_set.read_alternative(bits, layers)?;
            output_layer_sets.push(output_layer_set);
        }
        Ok(output_layer_sets)
    }

    fn derive(layer_set: usize, set: &[usize], output: u64, layers: &Layers) -> Self {
        let mut before = 0u64;
        let mut necessary = 0;
        for &layer in set {
            if output >> layer & 1 == 1 {
                necessary |= 1 << layer | layers.dependency[layer] & before;
            }
            before |= 1 << layer;
        }
        Self { layer_set, output, necessary }
    }

    /// profile_tier_level_idx, where there is a choice.
    fn read_profiles(&self, bits: &mut BitReader<'_>, set: &[usize], num_profile_tier_levels: u32) -> Result<()> {
        for layer in set {
            if self.necessary >> layer & 1 == 1 {
                read_below(bits, num_profile_tier_levels, "profile_tier_level_idx")?;
            }
        }
        Ok(())
    }

    /// alt_output_layer_flag: where the only output layer, OlsHighestOutputLayerId (F-12), is predicted from others.
    fn read_alternative(&self, bits: &mut BitReader<'_>, layers: &Layers) -> Result<()> {
        if self.output.count_ones() == 1 && layers.num_direct_ref_layers(self.output.trailing_zeros() as usize) > 0 {
            bits.flag("alt_output_layer_flag")?;
        }
        Ok(())
    }
}

fn read_output_layer_flags(bits: &mut BitReader<'_>, set: &[usize]) -> Result<u64> {
    let mut output = 0;
    for layer in set {
        output |= u64::from(bits.flag("output_layer_flag")?) << layer;
    }
    Ok(output)
}
