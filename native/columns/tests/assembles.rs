//! Events of a parser to tables: waiting for presentation order, references, nulls.

use std::collections::VecDeque;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int16Type, Int32Type, Int64Type, UInt16Type};
use arrow_array::{Array, RecordBatch, StringArray};
use codecorpus_bitstream::division::Numbers;
use codecorpus_bitstream::records::{
    BlockRecord, Compound, FrameRecord, MotionRecord, NO_QP, NO_REF, NONE, Names, Picture, PictureStructure, PictureType, Warp,
    Window,
};
use codecorpus_bitstream::{Event, Packet, ParseError, Reader, Result, Wanted};
use codecorpus_columns::{Assembler, Batch, Times};

static NAMES: Names =
    Names { partition: &["WHOLE"], intra_mode: &["DC"], mode: &["explicit"], filter: &[], transform_type: &["DCT"] };

#[derive(Debug, Default)]
struct Script(VecDeque<Event>);

impl Reader for Script {
    fn push(&mut self, _: Packet<'_>) -> Result<()> {
        Ok(())
    }
    fn configure(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }
    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
    fn abandon(&mut self) {}
    fn next_event(&mut self) -> Option<Event> {
        self.0.pop_front()
    }
    fn recycle(&mut self, _: Box<Picture>) {}
}

fn block(qp: i16, bits: f32) -> BlockRecord {
    BlockRecord { w: 16, h: 16, qp, qstep: 2.0, intra_mode: NONE, transform: NONE, bits_mode: bits, ..BlockRecord::default() }
}

fn motion(refs: [i32; 2], used: [bool; 2]) -> MotionRecord {
    MotionRecord {
        block: 0,
        part: 0,
        mode: 0,
        filter: NONE,
        warp: Warp::None,
        compound: Compound::None,
        field: 0,
        x: 0,
        y: 0,
        w: 16,
        h: 16,
        refs,
        mv: [[0.25, -1.5], [3.0, 0.0]],
        used,
    }
}

fn picture(coded_order: u32, bytes: u32, blocks: &[BlockRecord], motion: &[MotionRecord]) -> Event {
    let frame = FrameRecord { coded_order, width: 64, height: 64, ..FrameRecord::default() };
    let mut picture = Picture { frame, ..Picture::default() };
    picture.count_bytes(u64::from(bytes));
    blocks.iter().for_each(|block| picture.push_block(block, true));
    picture.sums.bits_header = 8.0 * f64::from(bytes) - picture.bits();
    picture.motion.extend_from_slice(motion);
    Event::Picture(Box::new(picture))
}

fn shown(coded_order: u32, frame: u32) -> Event {
    Event::Shown { coded_order, frame, pts: Some(i64::from(frame) * 10) }
}

fn assembler() -> Assembler {
    Assembler::new(&NAMES, Wanted { blocks: true, motion: true, transforms: false, residual: false }, (1, 10))
}

fn ints(batch: &RecordBatch, column: &str) -> Vec<Option<i32>> {
    batch[column].as_primitive::<Int32Type>().iter().collect()
}

fn distances(batch: &RecordBatch, column: &str) -> Vec<Option<i16>> {
    batch[column].as_primitive::<Int16Type>().iter().collect()
}

fn floats(batch: &RecordBatch, column: &str) -> Vec<Option<f32>> {
    batch[column].as_primitive::<Float32Type>().iter().collect()
}

#[test]
fn a_picture_waits_for_its_own_place_and_its_references_places() {
    let mut script = Script::default();
    let mut assembler = assembler();
    script.0.extend([picture(0, 10, &[], &[]), shown(0, 0), picture(1, 10, &[block(20, 1.0)], &[motion([0, 2], [true, true])])]);
    assembler.drain(&mut script).unwrap();
    script.0.extend([shown(1, 1), picture(2, 10, &[], &[])]);
    assembler.drain(&mut script).unwrap();
    assert!(assembler.take(true).is_none(), "picture 1 refers to 2, whose place is unknown");
    script.0.extend([shown(2, 2)]);
    assembler.drain_last(&mut script).unwrap();
    let batch = assembler.take(true).unwrap();
    assert_eq!(ints(&batch.frames, "frame"), [Some(0), Some(1), Some(2)]);
    assert_eq!(batch.frames["pts"].as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(0), Some(10), Some(20)]);
    let motion = batch.motion.unwrap();
    assert_eq!(ints(&motion, "ref1"), [Some(2)]);
    assert_eq!(distances(&motion, "dt0"), [Some(1)]);
    assert_eq!(distances(&motion, "dt1"), [Some(-1)]);
    assert_eq!(floats(&motion, "mv0_y"), [Some(-1.5)]);
}

#[test]
fn times_that_rise_with_coded_order_alone_are_none_of_presentation() {
    for (frames, pts, told) in [
        ([0, 4, 2, 1, 3], [1, 2, 3, 4, 5], [None; 5]),
        ([0, 1, 2, 3, 4], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5].map(Some)),
        ([0, 4, 2, 1, 3], [1, 5, 3, 2, 4], [1, 5, 3, 2, 4].map(Some)),
        // A clock that is set anew.
        ([0, 2, 1, 4, 3], [91, 93, 92, 4, 3], [91, 93, 92, 4, 3].map(Some)),
    ] {
        let mut script = Script::default();
        let mut assembler = assembler();
        script.0.extend((0..5).map(|coded_order| picture(coded_order, 10, &[], &[])));
        script.0.extend((0..5).map(|at| Event::Shown { coded_order: at as u32, frame: frames[at], pts: Some(pts[at]) }));
        assembler.drain_last(&mut script).unwrap();
        let batch = assembler.take(true).unwrap();
        assert_eq!(batch.frames["pts"].as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), told);
    }
}

#[test]
fn pictures_of_parts_are_counted_on_whatever_was_expected() {
    let from = Numbers { coded_order: 30, frame: 20 };
    for expected in [from, Numbers::default(), Numbers { coded_order: 30, frame: 0 }, Numbers { coded_order: 60, frame: 61 }] {
        let mut script = Script::default();
        let wanted = Wanted { blocks: true, motion: true, transforms: false, residual: false };
        let mut assembler = Assembler::of_part(&NAMES, wanted, (1, 10), expected);
        script.0.extend([picture(0, 10, &[], &[]), shown(0, 0)]);
        script.0.extend([picture(1, 10, &[], &[]), Event::Hidden { coded_order: 1 }]);
        let both = [motion([0, 1], [true, true]), motion([NO_REF, 0], [false, true])];
        script.0.extend([picture(2, 10, &[block(20, 1.0)], &both), shown(2, 1)]);
        assembler.drain_last(&mut script).unwrap();
        let batch = assembler.take(true).unwrap().counted_from(from);
        assert_eq!(ints(&batch.frames, "frame"), [Some(20), None, Some(21)]);
        assert_eq!(ints(&batch.frames, "coded_order"), [Some(30), Some(31), Some(32)]);
        assert_eq!(ints(&batch.blocks.unwrap(), "frame"), [Some(21)]);
        let motion = batch.motion.unwrap();
        assert_eq!(ints(&motion, "coded_order"), [Some(32), Some(32)]);
        assert_eq!(ints(&motion, "ref0"), [Some(30), None]);
        assert_eq!(ints(&motion, "ref1"), [Some(31), Some(30)]);
        assert_eq!(distances(&motion, "dt0"), [Some(1), None]);
    }
}

#[test]
fn times_of_parts_are_judged_together() {
    // A batch of a reader that began at a cut, of the place of each picture and its time.
    let part = |pictures: &[(u32, i64)]| {
        let mut script = Script::default();
        let mut assembler = Assembler::of_part(&NAMES, Wanted::default(), (1, 10), Numbers::default());
        for (coded_order, &(frame, pts)) in (0..).zip(pictures) {
            script.0.push_back(picture(coded_order, 10, &[], &[]));
            script.0.push_back(Event::Shown { coded_order, frame, pts: Some(pts) });
        }
        assembler.drain_last(&mut script).unwrap();
        assembler.take(true).unwrap()
    };
    let told =
        |batch: Option<Batch>| batch.map(|batch| batch.frames["pts"].as_primitive::<Int64Type>().iter().collect::<Vec<_>>());
    let first = [(0, 0), (1, 1)];
    let mut times = Times::default();
    times.push(part(&first));
    assert_eq!(told(times.take()), None, "nothing is presented in another order yet");
    times.push(part(&[(3, 2), (2, 3)]));
    assert_eq!(told(times.take()), None);
    times.close();
    assert_eq!([told(times.take()), told(times.take()), told(times.take())], [Some(vec![None; 2]), Some(vec![None; 2]), None]);
    times.push(part(&[(4, 5)]));
    assert_eq!(told(times.take()), Some(vec![None]));

    let mut times = Times::default();
    times.push(part(&first));
    times.push(part(&[(3, 3), (2, 2)]));
    assert_eq!(told(times.take()), Some(vec![Some(0), Some(1)]));
    assert_eq!(told(times.take()), Some(vec![Some(3), Some(2)]));

    // As many pictures as one reader makes a batch of.
    let mut times = Times::default();
    let many: Vec<_> = (0..4096).map(|at| (at, i64::from(at))).collect();
    times.push(part(&many[..4000]));
    assert_eq!(told(times.take()), None);
    times.push(part(&many[4000..]));
    assert!(told(times.take()).is_some() && told(times.take()).is_some());
    times.push(part(&[(4097, 4096), (4096, 4097)]));
    times.close();
    assert_eq!(told(times.take()), Some(vec![None; 2]));
}

#[test]
fn what_the_bitstream_does_not_say_is_null() {
    let mut script = Script::default();
    let mut assembler = assembler();
    let missing = motion([NO_REF, NO_REF], [true, false]);
    script.0.extend([
        picture(0, 10, &[], &[]),
        Event::Hidden { coded_order: 0 },
        picture(1, 10, &[block(NO_QP, 0.0)], &[missing, motion([0, NO_REF], [true, false])]),
        shown(1, 0),
    ]);
    assembler.drain_last(&mut script).unwrap();
    let batch = assembler.take(true).unwrap();
    assert_eq!(ints(&batch.frames, "frame"), [None, Some(0)]);
    assert_eq!(floats(&batch.frames, "qp"), [None, None]);
    let blocks = batch.blocks.unwrap();
    for column in ["qp", "qstep", "intra_mode", "transform", "sse"] {
        assert_eq!(blocks[column].logical_null_count(), 1, "{column}");
    }
    let motion = batch.motion.unwrap();
    assert_eq!(ints(&motion, "ref0"), [None, Some(0)]);
    assert_eq!(distances(&motion, "dt0"), [None, None], "picture 0 is never shown");
    assert_eq!(floats(&motion, "mv0_x"), [Some(0.25), Some(0.25)], "a vector stands though its reference is missing");
    assert_eq!(floats(&motion, "mv1_x"), [None, None]);
}

#[test]
fn a_distance_that_does_not_fit_is_null() {
    let mut script = Script::default();
    let mut assembler = assembler();
    let far = motion([0, NO_REF], [true, false]);
    script.0.extend([picture(0, 10, &[], &[]), shown(0, 0), picture(1, 10, &[], &[far]), shown(1, 32_767)]);
    script.0.extend([picture(2, 10, &[], &[far]), shown(2, 32_768)]);
    assembler.drain_last(&mut script).unwrap();
    let motion = assembler.take(true).unwrap().motion.unwrap();
    assert_eq!(ints(&motion, "ref0"), [Some(0), Some(0)]);
    assert_eq!(distances(&motion, "dt0"), [Some(32_767), None]);
}

#[test]
fn a_picture_says_how_it_is_displayed_and_why_it_could_not_be_read() {
    let mut script = Script::default();
    let mut assembler = assembler();
    let mut whole = Picture::default();
    whole.frame.kind = PictureType::P;
    (whole.frame.width, whole.frame.height) = (64, 48);
    whole.frame.crop = Window { x: 2, y: 4, width: 60, height: 40 };
    whole.frame.structure = PictureStructure::Field;
    (whole.frame.poc, whole.frame.dts) = (Some(-6), Some(7));
    let mut lost = Picture::default();
    lost.frame.coded_order = 1;
    lost.frame.error = Some(ParseError::malformed("slice_type", "it is 10"));
    script.0.extend([Event::Picture(Box::new(whole)), shown(0, 0), Event::Picture(Box::new(lost)), shown(1, 1)]);
    assembler.drain_last(&mut script).unwrap();
    let frames = assembler.take(true).unwrap().frames;
    for (column, value) in [("width", 64), ("crop_x", 2), ("crop_y", 4), ("crop_width", 60), ("crop_height", 40), ("poc", -6)] {
        assert_eq!(ints(&frames, column), [Some(value), None], "{column}");
    }
    assert_eq!(frames["dts"].as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(7), None]);
    let names = |column: &str| -> Vec<Option<String>> {
        let codes = frames[column].as_dictionary::<arrow_array::types::Int8Type>().downcast_dict::<StringArray>().unwrap();
        codes.into_iter().map(|name| name.map(str::to_owned)).collect()
    };
    assert_eq!(names("structure"), [Some("field".to_owned()), None]);
    assert_eq!(names("type"), [Some("P".to_owned()), None]);
    let errors: Vec<_> = frames["error"].as_string::<i32>().iter().collect();
    assert_eq!(errors, [None, Some("slice_type: it is 10")]);
}

#[test]
fn batches_are_whole_pictures_in_order_whatever_comes_late() {
    let mut script = Script::default();
    let mut assembler = assembler();
    let blocks = vec![block(20, 1.0); 50_000];
    for coded_order in 0..6 {
        script.0.extend([picture(coded_order, 10, &blocks, &[motion([0, NO_REF], [true, false])])]);
    }
    assembler.drain(&mut script).unwrap();
    assert!(assembler.take(false).is_none());
    script.0.extend((0..6).map(|coded_order| shown(coded_order, coded_order)));
    assembler.drain_last(&mut script).unwrap();
    let batches: Vec<_> = std::iter::from_fn(|| assembler.take(true)).collect();
    assert_eq!(batches.iter().map(|batch| batch.frames.num_rows()).collect::<Vec<_>>(), [3, 3]);
    let pts = |batch: &RecordBatch| batch["pts"].as_primitive::<Int64Type>().iter().collect::<Vec<_>>();
    assert_eq!(pts(&batches[1].frames), [Some(30), Some(40), Some(50)]);
    let frames = ints(batches[1].blocks.as_ref().unwrap(), "frame");
    assert_eq!((frames.len(), frames[0], frames[149_999]), (150_000, Some(3), Some(5)));
    assert_eq!(distances(batches[1].motion.as_ref().unwrap(), "dt0"), [Some(3), Some(4), Some(5)]);
}

#[test]
fn places_that_repeat_are_shared_and_others_are_not() {
    let mut script = Script::default();
    let mut assembler = assembler();
    let grid = |step: usize| -> Vec<BlockRecord> {
        (0..50_000).map(|i| BlockRecord { x: (i * step % 1000) as u16, y: (i / 1000) as u16, ..block(20, 1.0) }).collect()
    };
    // Three pictures are a batch: the fourth one of the grid stands beside another.
    for (coded_order, step) in [1, 1, 1, 1, 1, 1, 1, 3, 1].into_iter().enumerate() {
        script.0.extend([picture(coded_order as u32, 10, &grid(step), &[]), shown(coded_order as u32, coded_order as u32)]);
    }
    assembler.drain_last(&mut script).unwrap();
    let batches: Vec<_> = std::iter::from_fn(|| assembler.take(true)).map(|batch| batch.blocks.unwrap()).collect();
    assert_eq!(batches.len(), 3);
    let pointer = |batch: &RecordBatch| batch["x"].as_primitive::<UInt16Type>().values().as_ptr();
    assert_eq!(pointer(&batches[0]), pointer(&batches[1]));
    for (batch, steps) in batches.iter().zip([[1, 1, 1], [1, 1, 1], [1, 3, 1]]) {
        let rows: Vec<_> = steps.into_iter().flat_map(grid).collect();
        let xs: Vec<_> = rows.iter().map(|row| row.x).collect();
        assert_eq!(batch["x"].as_primitive::<UInt16Type>().values()[..], xs);
        let numbers: Vec<_> = (0..3).flat_map(|_| (0..50_000).map(Some)).collect();
        assert_eq!(ints(batch, "block"), numbers);
        assert_eq!(batch["field"].len(), batch.num_rows());
    }
}

#[test]
fn bits_sum_to_the_bytes() {
    let mut script = Script::default();
    let mut assembler = assembler();
    script.0.extend([picture(0, 10, &[block(20, 30.5), block(40, 9.5)], &[]), shown(0, 0)]);
    assembler.drain_last(&mut script).unwrap();
    let frames = assembler.take(true).unwrap().frames;
    assert_eq!(floats(&frames, "bits_header"), [Some(40.0)]);
    assert_eq!(floats(&frames, "bits_mode"), [Some(40.0)]);
    assert_eq!(floats(&frames, "qp"), [Some(30.0)]);
}

#[test]
fn bits_that_do_not_sum_to_the_bytes_are_an_error() {
    for (header, is_right) in [(40.0, true), (38.0, false), (80.0, false)] {
        let mut picture = Picture::default();
        picture.count_bytes(10);
        picture.push_block(&block(20, 40.0), true);
        picture.sums.bits_header = header;
        let mut script = Script(VecDeque::from([Event::Picture(Box::new(picture))]));
        assert_eq!(assembler().drain(&mut script).is_ok(), is_right, "{header}");
    }
}

#[test]
fn damage_is_kept_until_it_is_taken() {
    let mut assembler = assembler();
    let error = ParseError::malformed("nal_unit_type", "reserved");
    let mut script = Script(VecDeque::from([Event::Damage(error.clone())]));
    assembler.drain(&mut script).unwrap();
    assert_eq!((assembler.take_damage(), assembler.take_damage()), (vec![error], vec![]));
}

#[test]
fn a_damaged_picture_has_neither_bits_nor_quantiser() {
    let mut script = Script::default();
    let mut assembler = assembler();
    let mut damaged = Picture::default();
    damaged.count_header_bytes(7);
    damaged.push_block(&block(20, 40.0), true);
    damaged.damage(ParseError::malformed("mb_type", "out of range"));
    script.0.extend([Event::Picture(Box::new(damaged)), shown(0, 0)]);
    assembler.drain_last(&mut script).unwrap();
    let batch = assembler.take(true).unwrap();
    assert_eq!(ints(&batch.frames, "bytes"), [Some(7)]);
    for column in ["qp", "qstep", "bits_header", "bits_mode", "bits_motion", "bits_residual"] {
        assert_eq!(floats(&batch.frames, column), [None], "{column}");
    }
    assert_eq!(batch.blocks.unwrap().num_rows(), 0);
}

#[test]
fn a_picture_without_a_place_is_an_error_never_dropped() {
    let mut script = Script::default();
    let mut assembler = assembler();
    script.0.extend([picture(0, 10, &[], &[]), shown(0, 0), picture(1, 10, &[], &[])]);
    assert_eq!(assembler.drain_last(&mut script).unwrap_err().picture, Some(1));
    assert!(assembler.take(true).is_none());
}
