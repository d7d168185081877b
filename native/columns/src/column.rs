//! What a column says of itself, and the schema that columns make.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Metadata, Schema, SchemaRef};

/// Version of the tables; it changes when the meaning or the set of columns does.
pub const VERSION: &str = "3";

/// A column, as its field of the schema has it.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub name: &'static str,
    pub data_type: DataType,
    pub nullable: bool,
    pub unit: &'static str,
    pub meaning: &'static str,
}

/// A column that always has a value. `unit` is empty where it has none.
pub(crate) const fn column(name: &'static str, data_type: DataType, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, data_type, nullable: false, unit, meaning }
}

pub(crate) const fn nullable(name: &'static str, data_type: DataType, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, data_type, nullable: true, unit, meaning }
}

/// Names as codes: a dictionary of strings.
pub(crate) fn names() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8))
}

/// The schema of a table.
pub(crate) fn schema(table: &str, columns: impl IntoIterator<Item = Column>) -> SchemaRef {
    let fields: Vec<Field> = columns
        .into_iter()
        .map(|c| {
            let told = [("meaning", c.meaning), ("unit", c.unit)].into_iter().filter(|(_, words)| !words.is_empty());
            Field::new(c.name, c.data_type, c.nullable).with_metadata(Metadata::from_iter(told))
        })
        .collect();
    let metadata = [("codecorpus.table", table), ("codecorpus.schema_version", VERSION)];
    Arc::new(Schema::new_with_metadata(fields, metadata))
}
