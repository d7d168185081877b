//! **transforms**.

use arrow_array::RecordBatch;
use arrow_array::types::{Float32Type, Int32Type, UInt8Type, UInt16Type};
use codecorpus_bitstream::records::Picture;

use super::{Pictures, Table, coded, repeat};
use crate::assemble::Context;
use crate::schema;

/// The columns as they grow; -1 in `frame` is null.
#[derive(Default)]
pub(super) struct Columns {
    frame: Vec<i32>,
    coded_order: Vec<i32>,
    block: Vec<i32>,
    plane: Vec<u8>,
    geometry: [Vec<u16>; 4],
    kind: Vec<u8>,
    coefs: Vec<u16>,
    energy: Vec<f32>,
    bits: Vec<f32>,
}

impl Columns {
    pub fn of(context: &Context, pictures: &Pictures) -> RecordBatch {
        let mut columns = Self::default();
        pictures.iter().for_each(|picture| columns.extend(context, picture));
        columns.finish(context)
    }

    fn extend(&mut self, context: &Context, picture: &Picture) {
        let (coded_order, transforms) = (picture.frame.coded_order as i32, &picture.transforms);
        repeat(&mut self.frame, context.frame(coded_order).unwrap_or(-1), transforms.len());
        repeat(&mut self.coded_order, coded_order, transforms.len());
        self.block.extend(transforms.iter().map(|t| t.block as i32));
        self.plane.extend(transforms.iter().map(|t| t.plane));
        self.geometry[0].extend(transforms.iter().map(|t| t.x));
        self.geometry[1].extend(transforms.iter().map(|t| t.y));
        self.geometry[2].extend(transforms.iter().map(|t| t.w));
        self.geometry[3].extend(transforms.iter().map(|t| t.h));
        self.kind.extend(transforms.iter().map(|t| t.kind));
        self.coefs.extend(transforms.iter().map(|t| t.coefs));
        self.energy.extend(transforms.iter().map(|t| t.energy));
        self.bits.extend(transforms.iter().map(|t| t.bits));
    }

    fn finish(self, context: &Context) -> RecordBatch {
        let mut table = Table::new(schema::transforms(), self.block.len());
        table.add_where::<Int32Type>("frame", self.frame, |&frame| frame >= 0);
        table.add_values::<Int32Type>("coded_order", self.coded_order);
        table.add_values::<Int32Type>("block", self.block);
        table.add_values::<UInt8Type>("plane", self.plane);
        for (name, values) in ["x", "y", "w", "h"].into_iter().zip(self.geometry) {
            table.add_values::<UInt16Type>(name, values);
        }
        table.add("type", coded(self.kind, context.names.transform_type));
        table.add_values::<UInt16Type>("coefs", self.coefs);
        table.add_values::<Float32Type>("energy", self.energy);
        table.add_values::<Float32Type>("bits", self.bits);
        table.finish()
    }
}
