//! Maps of made-up pictures, whose values are known.
#![expect(clippy::unwrap_used, reason = "a test may end so")]
use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Float32Array, Int8Array, Int16Array, Int32Array, RecordBatch, StringArray,
    UInt16Array,
};
use codecorpus_maps::{Channel, Direction, Flow, Grid, MapError, Maps, Placement, Placements};
use proptest::prelude::*;

#[derive(Debug, Clone, Copy)]
struct Block {
    at: [u16; 4],
    field: i8,
    inter: bool,
    qstep: Option<f32>,
    bits: f32,
    energy: f32,
}

#[derive(Debug, Clone, Copy)]
struct Motion {
    block: i32,
    at: [u16; 4],
    dt: [Option<i16>; 2],
    mv: [[f32; 2]; 2],
}

const BLOCK: Block = Block { at: [0, 0, 16, 16], field: 0, inter: true, qstep: Some(8.0), bits: 0.0, energy: 0.0 };

fn geometry(at: impl Iterator<Item = [u16; 4]> + Clone) -> Vec<(&'static str, ArrayRef)> {
    ["x", "y", "w", "h"]
        .into_iter()
        .enumerate()
        .map(|(side, name)| (name, Arc::new(UInt16Array::from_iter_values(at.clone().map(|at| at[side]))) as ArrayRef))
        .collect()
}

fn batch(columns: Vec<(&'static str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

fn blocks(rows: &[Block]) -> RecordBatch {
    let floats = |value: fn(&Block) -> f32| Arc::new(Float32Array::from_iter_values(rows.iter().map(value))) as ArrayRef;
    let keys = Int8Array::from_iter_values(rows.iter().map(|b| i8::from(b.inter)));
    let prediction = DictionaryArray::<Int8Type>::try_new(keys, Arc::new(StringArray::from(vec!["intra", "inter"]))).unwrap();
    let mut columns = geometry(rows.iter().map(|b| b.at));
    columns.extend([
        ("coded_order", Arc::new(Int32Array::from(vec![0; rows.len()])) as ArrayRef),
        ("field", Arc::new(Int8Array::from_iter_values(rows.iter().map(|b| b.field)))),
        ("prediction", Arc::new(prediction)),
        ("skip", Arc::new(BooleanArray::from(vec![false; rows.len()]))),
        ("qstep", Arc::new(Float32Array::from_iter(rows.iter().map(|b| b.qstep)))),
        ("energy", floats(|b| b.energy)),
        ("bits_mode", floats(|b| b.bits)),
        ("bits_motion", floats(|_| 0.0)),
        ("bits_residual", floats(|b| b.bits)),
    ]);
    batch(columns)
}

fn motion(rows: &[Motion]) -> RecordBatch {
    let mut columns = geometry(rows.iter().map(|m| m.at));
    columns.push(("coded_order", Arc::new(Int32Array::from(vec![0; rows.len()]))));
    columns.push(("block", Arc::new(Int32Array::from_iter_values(rows.iter().map(|m| m.block)))));
    columns.push(("field", Arc::new(Int8Array::from(vec![0; rows.len()]))));
    for (list, [dt, x, y]) in [["dt0", "mv0_x", "mv0_y"], ["dt1", "mv1_x", "mv1_y"]].into_iter().enumerate() {
        columns.push((dt, Arc::new(Int16Array::from_iter(rows.iter().map(|m| m.dt[list])))));
        for (axis, name) in [x, y].into_iter().enumerate() {
            let values = rows.iter().map(|m| m.dt[list].map(|_| m.mv[list][axis]));
            columns.push((name, Arc::new(Float32Array::from_iter(values))));
        }
    }
    batch(columns)
}

fn placed(scale: [f32; 2], field_picture: bool) -> Placements {
    Placements::from([(0, Placement { frame: 0, sums_only: false, scale, origin: [0.0; 2], field_picture })])
}

fn map(grid: Grid, placements: Placements, rows: &[Block], vectors: &[Motion]) -> impl Fn(Channel) -> Vec<f32> + use<> {
    let mut maps = Maps::new(grid, &Channel::ALL, 1, placements).unwrap();
    maps.add_blocks(&blocks(rows)).unwrap();
    maps.add_motion(&motion(vectors)).unwrap();
    let values = maps.finish();
    move |channel| values[channel as usize * grid.cells()..][..grid.cells()].to_vec()
}

fn total(grid: Grid, values: &[f32]) -> f64 {
    let area = |cell: usize| f64::from(grid.area(cell / grid.columns, cell % grid.columns));
    values.iter().enumerate().map(|(cell, &value)| f64::from(value) * area(cell)).sum()
}

#[test]
fn a_cell_weighs_its_blocks_by_area() {
    let halves = [
        Block { at: [0, 0, 8, 16], qstep: Some(4.0), bits: 16.0, ..BLOCK },
        Block { at: [8, 0, 8, 8], inter: false, qstep: Some(12.0), ..BLOCK },
        Block { at: [8, 8, 8, 8], inter: false, qstep: None, energy: 512.0, ..BLOCK },
    ];
    let get = map(Grid::new(16, 16, 16).unwrap(), placed([1.0; 2], false), &halves, &[]);
    assert_eq!(get(Channel::Qstep), [(4.0 * 128.0 + 12.0 * 64.0) / 192.0]);
    assert_eq!(get(Channel::Intra), [0.5]);
    assert_eq!(get(Channel::Bits), [32.0 / 256.0]);
    assert_eq!(get(Channel::Energy), [2.0]);
    assert_eq!(get(Channel::Depth), [3.25]);
    assert_eq!(get(Channel::Skip), [0.0]);
}

#[test]
fn what_is_not_said_is_not_a_number() {
    let get = map(Grid::new(16, 16, 16).unwrap(), placed([1.0; 2], false), &[Block { qstep: None, ..BLOCK }], &[]);
    assert!(get(Channel::Qstep)[0].is_nan());
    assert!(get(Channel::VelocityPastX)[0].is_nan());
    assert_eq!(get(Channel::VelocityPastMask), [0.0]);
    let nothing = map(Grid::new(16, 16, 16).unwrap(), Placements::new(), &[BLOCK], &[]);
    assert!(nothing(Channel::Bits)[0].is_nan());
}

#[test]
fn edges_are_a_share_of_the_finest_split() {
    let grid = Grid::new(32, 32, 16).unwrap();
    let four_by_four: Vec<Block> = (0..64).map(|i| Block { at: [i % 8 * 4, i / 8 * 4, 4, 4], ..BLOCK }).collect();
    assert_eq!(map(grid, placed([1.0; 2], false), &four_by_four, &[])(Channel::Edges), [1.0; 4]);
    let whole = [Block { at: [0, 0, 32, 32], ..BLOCK }];
    assert_eq!(map(grid, placed([1.0; 2], false), &whole, &[])(Channel::Edges), [0.125; 4]);
    let part = |x| Motion { block: 0, at: [x, 0, 16, 32], dt: [Some(1), None], mv: [[0.0; 2]; 2] };
    let split = map(grid, placed([1.0; 2], false), &whole, &[part(0), part(16)]);
    assert_eq!(split(Channel::Edges), [0.1875; 4]);
}

#[test]
fn cells_share_the_border_between_them() {
    let grid = Grid::new(64, 16, 16).unwrap();
    let halves = |overhanging: u16| [Block { at: [0, 0, 32, 16], ..BLOCK }, Block { at: [32, 0, 32 + overhanging, 16], ..BLOCK }];
    let edges = |rows: &[Block], scale| map(grid, placed([scale; 2], false), rows, &[])(Channel::Edges);
    assert_eq!(edges(&halves(0), 1.0), [0.1875; 4]);
    assert_eq!(edges(&halves(16), 1.0), [0.1875, 0.1875, 0.1875, 0.125], "the right edge is not in the picture");
    let [left, right] = [[0, 0, 16, 8], [16, 0, 16, 8]].map(|at| Block { at, ..BLOCK });
    assert_eq!(edges(&[left, right], 2.0), [0.1875; 4]);
}

#[test]
fn velocities_are_per_frame_and_only_where_there_are_vectors() {
    let rows = [
        Motion { block: 0, at: [0, 0, 8, 16], dt: [Some(2), Some(-1)], mv: [[4.0, -2.0], [-2.0, 1.0]] },
        Motion { block: 1, at: [8, 0, 4, 16], dt: [Some(1), None], mv: [[5.0, 2.0], [0.0, 0.0]] },
    ];
    let get = map(Grid::new(16, 16, 16).unwrap(), placed([1.0; 2], false), &[], &rows);
    assert_eq!(get(Channel::VelocityPastX), [(2.0 * 8.0 + 5.0 * 4.0) / 12.0]);
    assert_eq!(get(Channel::VelocityPastMask), [0.75]);
    assert_eq!(get(Channel::VelocityFutureY), [-1.0]);
    assert_eq!(get(Channel::VelocityFutureMask), [0.5]);
    assert_eq!(get(Channel::ReferenceDistance), [1.0]);
}

#[test]
fn another_size_scales_lengths_but_keeps_sums() {
    let grid = Grid::new(32, 32, 16).unwrap();
    let row = Motion { block: 0, at: [0, 0, 16, 16], dt: [Some(1), None], mv: [[3.0, -1.0], [0.0; 2]] };
    let get = map(grid, placed([2.0; 2], false), &[Block { bits: 50.0, ..BLOCK }], &[row]);
    assert_eq!(get(Channel::VelocityPastX), [6.0; 4]);
    assert_eq!(get(Channel::Depth), [5.0; 4]);
    assert_eq!(total(grid, &get(Channel::Bits)), 100.0);
}

#[test]
fn fields_interleave() {
    let grid = Grid::new(16, 32, 16).unwrap();
    let pair = [
        Block { at: [0, 0, 16, 16], field: 1, qstep: Some(2.0), bits: 8.0, ..BLOCK },
        Block { at: [0, 16, 16, 16], field: 2, qstep: Some(4.0), bits: 24.0, ..BLOCK },
    ];
    let get = map(grid, placed([1.0; 2], false), &pair, &[]);
    assert_eq!(get(Channel::Qstep), [3.0, 3.0]);
    assert_eq!(get(Channel::Bits), [32.0 / 256.0; 2]);
    let pictures = [pair[0], Block { at: [0, 0, 16, 16], ..pair[1] }];
    assert_eq!(map(grid, placed([1.0; 2], true), &pictures, &[])(Channel::Qstep), [3.0, 3.0]);
}

#[test]
fn blocks_outside_the_picture_count_in_sums_alone() {
    let grid = Grid::new(16, 12, 16).unwrap();
    let rows = [
        Block { at: [0, 0, 16, 12], qstep: Some(2.0), bits: 3.0, ..BLOCK },
        Block { at: [0, 12, 16, 4], qstep: Some(9.0), bits: 5.0, inter: false, ..BLOCK },
    ];
    let vector = |y, h| Motion { block: 0, at: [0, y, 16, h], dt: [Some(1), None], mv: [[1.0; 2]; 2] };
    let get = map(grid, placed([1.0; 2], false), &rows, &[vector(0, 12), vector(12, 4)]);
    assert!((total(grid, &get(Channel::Bits)) - 16.0).abs() < 1e-5);
    assert_eq!((get(Channel::Qstep), get(Channel::Intra)), (vec![2.0], vec![0.0]));
    assert_eq!(get(Channel::VelocityPastMask), [1.0]);
}

#[test]
fn the_grid_begins_where_the_picture_is_displayed() {
    let grid = Grid::new(16, 16, 16).unwrap();
    let rows = [
        Block { at: [0, 0, 8, 32], qstep: Some(9.0), bits: 3.0, ..BLOCK },
        Block { at: [8, 0, 16, 16], qstep: Some(2.0), bits: 4.0, ..BLOCK },
        Block { at: [8, 16, 16, 16], qstep: Some(4.0), bits: 5.0, ..BLOCK },
    ];
    let placement = Placement { frame: 0, sums_only: false, scale: [1.0; 2], origin: [8.0, 4.0], field_picture: false };
    let get = map(grid, Placements::from([(0, placement)]), &rows, &[]);
    assert_eq!(get(Channel::Qstep), [(2.0 * 12.0 + 4.0 * 4.0) / 16.0]);
    assert!((total(grid, &get(Channel::Bits)) - 24.0).abs() < 1e-5, "what is cropped counts to the samples at the edge");
    assert_eq!(get(Channel::Edges), [(12.0 + 4.0 + 16.0) / 128.0], "the upper edge of the second block is cropped");
}

#[test]
fn a_column_that_is_not_there_is_told() {
    let mut maps = Maps::new(Grid::new(16, 16, 4).unwrap(), &[Channel::Bits], 1, placed([1.0; 2], false)).unwrap();
    assert_eq!(maps.add_blocks(&motion(&[])), Err(MapError::MissingColumn("prediction")));
    assert!(Maps::new(Grid::new(65536, 65536, 1).unwrap(), &Channel::ALL, usize::MAX, Placements::new()).is_err());
}

#[test]
fn flow_leads_to_the_neighbour_asked_for() {
    let rows = [Motion { block: 0, at: [0, 0, 2, 1], dt: [Some(2), Some(-3)], mv: [[4.0, 2.0], [-9.0, -3.0]] }];
    let flow = |direction| {
        let mut flow = Flow::new(3, 1, direction, 1, placed([1.0; 2], false)).unwrap();
        flow.add_motion(&motion(&rows)).unwrap();
        flow.finish()
    };
    let backward = flow(Direction::Backward);
    assert_eq!([backward[0], backward[1], backward[3]], [2.0, 2.0, 1.0]);
    assert!(backward[2].is_nan() && backward[5].is_nan());
    assert_eq!(flow(Direction::Forward)[..2], [-3.0, -3.0]);
}

fn any_block() -> impl Strategy<Value = Block> {
    let side = prop::sample::select(vec![4u16, 8, 16, 64, 128]);
    (0u16..160, 0u16..160, side.clone(), side, 0f32..1e4, 0f32..1e5).prop_map(|(x, y, w, h, bits, energy)| Block {
        at: [x, y, w, h],
        bits,
        energy,
        ..BLOCK
    })
}

proptest! {
    #[test]
    fn bits_and_energy_sum_to_those_of_the_blocks(
        rows in prop::collection::vec(any_block(), 1..40),
        size in (1usize..170, 1usize..170),
        cell in prop::sample::select(vec![4usize, 8, 16]),
        scale in prop::sample::select(vec![1.0f32, 0.5, 2.0, 1.2]),
    ) {
        let grid = Grid::new(size.0, size.1, cell).unwrap();
        let get = map(grid, placed([scale; 2], false), &rows, &[]);
        let bits: f64 = rows.iter().map(|b| 2.0 * f64::from(b.bits)).sum();
        let energy: f64 = rows.iter().map(|b| f64::from(b.energy)).sum();
        prop_assert!((total(grid, &get(Channel::Bits)) - bits).abs() <= 1e-4 * bits + 1e-3);
        prop_assert!((total(grid, &get(Channel::Energy)) - energy).abs() <= 1e-4 * energy + 1e-3);
    }
}
