"""Windows of a corpus as files that trainers read: WebDataset's tars, and rows of Parquet."""
