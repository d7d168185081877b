//! **blocks**.

use arrow_array::types::{Float32Type, Int8Type, Int16Type, Int32Type, UInt8Type, UInt16Type};
use arrow_array::{PrimitiveArray, RecordBatch};
use codecorpus_bitstream::records::{NO_QP, NONE, Picture, Prediction};

use super::{Mostly, Runs, TILE, Table, booleans, coded, small, valid};
use crate::assemble::Context;
use crate::schema;

/// The columns as they grow; [`NO_QP`] and [`NONE`] are null.
#[derive(Debug, Default)]
pub(super) struct Columns {
    runs: Runs,
    block: Vec<i32>,
    geometry: [Vec<u16>; 4],
    prediction: Vec<u8>,
    skip: Vec<bool>,
    partition: Vec<u8>,
    intra_mode: Vec<u8>,
    qp: Vec<i16>,
    qstep: Vec<f32>,
    transform: Vec<u8>,
    coefs: [Vec<u16>; 2],
    energy: [Vec<f32>; 2],
    bits: [Vec<f32>; 3],
    field: Mostly<0>,
}

impl Columns {
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            runs: Runs::default(),
            block: Vec::with_capacity(rows),
            geometry: std::array::from_fn(|_| Vec::with_capacity(rows)),
            prediction: Vec::with_capacity(rows),
            skip: Vec::with_capacity(rows),
            partition: Vec::with_capacity(rows),
            intra_mode: Vec::with_capacity(rows),
            qp: Vec::with_capacity(rows),
            qstep: Vec::with_capacity(rows),
            transform: Vec::with_capacity(rows),
            coefs: std::array::from_fn(|_| Vec::with_capacity(rows)),
            energy: std::array::from_fn(|_| Vec::with_capacity(rows)),
            bits: std::array::from_fn(|_| Vec::with_capacity(rows)),
            field: Mostly::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.block.len()
    }

    pub fn extend(&mut self, picture: &Picture) {
        let rows = &picture.blocks;
        self.runs.push(picture, rows.len());
        self.block.extend(0..rows.len() as i32);
        for rows in rows.chunks(TILE) {
            self.geometry[0].extend(rows.iter().map(|b| b.x));
            self.geometry[1].extend(rows.iter().map(|b| b.y));
            self.geometry[2].extend(rows.iter().map(|b| b.w));
            self.geometry[3].extend(rows.iter().map(|b| b.h));
            self.prediction.extend(rows.iter().map(|b| b.prediction as u8));
            self.skip.extend(rows.iter().map(|b| b.skip));
            self.partition.extend(rows.iter().map(|b| b.partition));
            self.intra_mode.extend(rows.iter().map(|b| b.intra_mode));
            self.qp.extend(rows.iter().map(|b| b.qp));
            self.qstep.extend(rows.iter().map(|b| b.qstep));
            self.transform.extend(rows.iter().map(|b| b.transform));
            self.coefs[0].extend(rows.iter().map(|b| b.coefs));
            self.coefs[1].extend(rows.iter().map(|b| b.coefs_chroma));
            self.energy[0].extend(rows.iter().map(|b| b.energy));
            self.energy[1].extend(rows.iter().map(|b| b.energy_chroma));
            self.bits[0].extend(rows.iter().map(|b| b.bits_mode));
            self.bits[1].extend(rows.iter().map(|b| b.bits_motion));
            self.bits[2].extend(rows.iter().map(|b| b.bits_residual));
            self.field.extend(rows.iter().map(|b| b.field));
        }
    }

    pub fn finish(self, context: &Context) -> RecordBatch {
        let mut table = Table::new(schema::blocks(), self.block.len());
        let has_qp = valid(&self.qp, |&qp| qp != NO_QP);
        self.runs.add_keys(&mut table, context);
        table.add_values::<Int32Type>("block", self.block);
        for (name, values) in ["x", "y", "w", "h"].into_iter().zip(self.geometry) {
            table.add_values::<UInt16Type>(name, values);
        }
        table.add("prediction", coded(self.prediction, Prediction::NAMES));
        table.add("skip", booleans(&self.skip));
        table.add("partition", coded(self.partition, context.names.partition));
        table.add("intra_mode", coded(self.intra_mode, context.names.intra_mode));
        table.add("qp", PrimitiveArray::<Int16Type>::new(self.qp.into(), has_qp.clone()));
        table.add("qstep", PrimitiveArray::<Float32Type>::new(self.qstep.into(), has_qp));
        table.add_where::<UInt8Type>("transform", self.transform, |&transform| transform != NONE);
        for (name, values) in ["coefs", "coefs_chroma"].into_iter().zip(self.coefs) {
            table.add_values::<UInt16Type>(name, values);
        }
        let floats = self.energy.into_iter().chain(self.bits);
        for (name, values) in ["energy", "energy_chroma", "bits_mode", "bits_motion", "bits_residual"].into_iter().zip(floats) {
            table.add_values::<Float32Type>(name, values);
        }
        table.add_null("sse");
        table.add("field", PrimitiveArray::<Int8Type>::new(small(self.field.finish()), None));
        table.finish()
    }
}
