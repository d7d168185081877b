//! Transform trees (7.3.8.8) and transform units (7.3.8.10).

use codecorpus_bitstream::qp::qp_bd_offset;
use codecorpus_bitstream::{ParseError, Result};

use crate::block::coding_unit::PartMode;
use crate::block::coding_unit::TransformBlock;
use crate::state::SliceSegmentReader;

/// cbf_cb and cbf_cr of a node: a bit for each chroma block, of which 4:2:2 has two below each other.
#[derive(Debug, Clone, Copy, Default)]
struct ChromaCbf {
    cb: u8,
    cr: u8,
}

/// A node of the transform tree.
#[derive(Debug, Clone, Copy)]
struct Node {
    x: u32,
    y: u32,
    /// xBase, yBase: where the parent begins.
    base: (u32, u32),
    log2_trafo_size: u32,
    trafo_depth: u32,
    blk_idx: u8,
    /// The part of the coding unit whose intra prediction modes hold.
    part: usize,
}

impl SliceSegmentReader<'_> {
    /// The transform tree of the coding unit (7.3.8.8).
    pub(crate) fn read_transform_trees(&mut self) -> Result<()> {
        let (x, y) = (self.cu.x, self.cu.y);
        let root = Node { x, y, base: (x, y), log2_trafo_size: self.cu.log2_cb_size, trafo_depth: 0, blk_idx: 0, part: 0 };
        self.read_transform_tree(root, ChromaCbf { cb: 1, cr: 1 })
    }

    /// transform_tree( ) (7.3.8.8).
    fn read_transform_tree(&mut self, node: Node, parent: ChromaCbf) -> Result<()> {
        let split = self.read_split_transform_flag(&node);
        let cbf = self.read_cbf_chroma(&node, parent, split);
        if split {
            let half = 1 << (node.log2_trafo_size - 1);
            for blk_idx in 0..4 {
                let x = node.x + if blk_idx & 1 == 1 { half } else { 0 };
                let y = node.y + if blk_idx & 2 == 2 { half } else { 0 };
                let child = Node {
                    x,
                    y,
                    base: (node.x, node.y),
                    log2_trafo_size: node.log2_trafo_size - 1,
                    trafo_depth: node.trafo_depth + 1,
                    blk_idx,
                    part: if node.trafo_depth == 0 { usize::from(blk_idx) } else { node.part },
                };
                self.read_transform_tree(child, cbf)?;
            }
            return Ok(());
        }
        let coded = self.cu.intra || node.trafo_depth != 0 || cbf.cb != 0 || cbf.cr != 0;
        let cbf_luma = !coded || self.entropy.cbf_luma(node.trafo_depth);
        if cbf_luma || cbf.cb != 0 || cbf.cr != 0 {
            self.read_transform_unit(&node, cbf_luma, cbf)?;
        }
        Ok(())
    }

    /// split_transform_flag, or what is inferred for it (7.4.9.8): interSplitFlag, IntraSplitFlag and the largest transform size.
    fn read_split_transform_flag(&mut self, node: &Node) -> bool {
        let sps = self.inputs.sps;
        let intra_split = self.cu.intra_split();
        let max_trafo_depth = if self.cu.intra {
            sps.sizes.max_transform_hierarchy_depth_intra + u32::from(intra_split)
        } else {
            sps.sizes.max_transform_hierarchy_depth_inter
        };
        let size = node.log2_trafo_size;
        let root = node.trafo_depth == 0;
        if size <= sps.sizes.max_tb_log2
            && size > sps.sizes.min_tb_log2
            && node.trafo_depth < max_trafo_depth
            && !(intra_split && root)
        {
            return self.entropy.split_transform_flag(size);
        }
        let inter_split = sps.sizes.max_transform_hierarchy_depth_inter == 0
            && !self.cu.intra
            && self.cu.part_mode != PartMode::Part2Nx2N
            && root;
        // A block of the smallest size cannot be split, whatever a broken stream asks for.
        size > 2 && (size > sps.sizes.max_tb_log2 || (intra_split && root) || (inter_split && size > sps.sizes.min_tb_log2))
    }

    /// cbf_cb and cbf_cr (7.3.8.8).
    fn read_cbf_chroma(&mut self, node: &Node, parent: ChromaCbf, split: bool) -> ChromaCbf {
        let chroma_array_type = self.inputs.sps.chroma_array_type;
        if chroma_array_type == 0 {
            return ChromaCbf::default();
        }
        if node.log2_trafo_size == 2 && chroma_array_type != 3 {
            // Inferred: the chroma blocks of the parent, which the last of the four luma blocks carries.
            return parent;
        }
        let two = chroma_array_type == 2 && (!split || node.log2_trafo_size == 3);
        let mut read = |parent: u8| {
            if parent == 0 {
                return 0;
            }
            let first = u8::from(self.entropy.cbf_chroma(node.trafo_depth));
            first | if two { u8::from(self.entropy.cbf_chroma(node.trafo_depth)) << 1 } else { 0 }
        };
        ChromaCbf { cb: read(parent.cb), cr: read(parent.cr) }
    }

    /// transform_unit( ) (7.3.8.10) where any cbf is 1.
    fn read_transform_unit(&mut self, node: &Node, cbf_luma: bool, cbf: ChromaCbf) -> Result<()> {
        let chroma_array_type = self.inputs.sps.chroma_array_type;
        let cbf_chroma = cbf.cb != 0 || cbf.cr != 0;
        if self.inputs.pps.scc.colour_transform.is_some() {
            self.read_tu_residual_act_flag()?;
        }
        self.read_delta_qp()?;
        if cbf_chroma && !self.cu.cu_transquant_bypass_flag {
            self.read_chroma_qp_offset();
        }
        if cbf_luma {
            let mode = self.cu.intra_pred_mode[node.part & 3];
            self.read_residual_coding(TransformBlock { x: node.x, y: node.y, log2_size: node.log2_trafo_size, c_idx: 0, mode })?;
        }
        if chroma_array_type != 0 && (node.log2_trafo_size > 2 || chroma_array_type == 3) {
            let log2_size = node.log2_trafo_size - u32::from(chroma_array_type != 3);
            let part = if chroma_array_type == 3 { node.part & 3 } else { 0 };
            let cross_component = self.inputs.pps.range.cross_component_prediction_enabled_flag
                && cbf_luma
                && (!self.cu.intra || self.cu.intra_chroma_pred_mode[part] == 4);
            self.read_chroma_blocks(node.x, node.y, log2_size, part, cbf, cross_component)
        } else if node.blk_idx == 3 {
            self.read_chroma_blocks(node.base.0, node.base.1, 2, 0, cbf, false)
        } else {
            Ok(())
        }
    }

    /// tu_residual_act_flag, or what is inferred for it.
    #[cold]
    fn read_tu_residual_act_flag(&mut self) -> Result<()> {
        // intra_chroma_pred_mode 4: every chroma block is predicted as its luma block is.
        let coded = !self.cu.intra || self.cu.intra_chroma_pred_mode == [4; 4];
        self.qp.tu_residual_act_flag = coded && self.entropy.tu_residual_act_flag();
        if self.qp.tu_residual_act_flag && self.inverse.is_some() {
            let reason = "residual samples behind an adaptive colour transform are not read";
            return Err(self.error(ParseError::unsupported("tu_residual_act_flag", reason)));
        }
        Ok(())
    }

    /// The chroma blocks at luma location `x`, `y`.
    fn read_chroma_blocks(
        &mut self,
        x: u32,
        y: u32,
        log2_size: u32,
        part: usize,
        cbf: ChromaCbf,
        cross_component: bool,
    ) -> Result<()> {
        let mode = self.cu.intra_pred_mode_c[part];
        for (c_idx, flags) in [(1, cbf.cb), (2, cbf.cr)] {
            if cross_component {
                self.entropy.cross_comp_pred(c_idx - 1);
            }
            for t_idx in 0..2 {
                if flags >> t_idx & 1 == 1 {
                    // The lower of two 4:2:2 blocks: as many luma lines further down as chroma lines.
                    let y = y + (t_idx << log2_size);
                    self.read_residual_coding(TransformBlock { x, y, log2_size, c_idx, mode })?;
                }
            }
        }
        Ok(())
    }

    /// delta_qp( ) (7.3.8.14).
    #[inline]
    pub(crate) fn read_delta_qp(&mut self) -> Result<()> {
        if !self.inputs.pps.qp.cu_qp_delta_enabled_flag || self.qp.is_cu_qp_delta_coded {
            return Ok(());
        }
        let cu_qp_delta = self.entropy.cu_qp_delta();
        let half = qp_bd_offset(self.inputs.sps.bit_depth.luma) / 2;
        if !(-(26 + half)..=25 + half).contains(&cu_qp_delta) {
            return Err(self.error(ParseError::malformed("cu_qp_delta_abs", format!("CuQpDeltaVal is {cu_qp_delta}"))));
        }
        self.qp.set_delta(cu_qp_delta);
        Ok(())
    }

    /// chroma_qp_offset( ) (7.3.8.15).
    pub(crate) fn read_chroma_qp_offset(&mut self) {
        if !self.inputs.slice.qp.cu_chroma_qp_offset_enabled_flag || self.qp.is_cu_chroma_qp_offset_coded {
            return;
        }
        let list = &self.inputs.pps.range.qp_offset_list;
        self.picture_state.cu_qp_offset = [0; 2];
        if self.entropy.cu_chroma_qp_offset_flag() {
            let index = if list.len() > 1 { self.entropy.cu_chroma_qp_offset_idx(list.len() as u32 - 1) } else { 0 };
            self.picture_state.cu_qp_offset = list.get(index as usize).copied().unwrap_or_default();
        }
        self.qp.is_cu_chroma_qp_offset_coded = true;
    }
}
