"""Is a corpus whole and consistent? Its files first, then what stands in them, then clips across encodes."""

from codecorpus.corpus.verify.corpus import Report, verify
from codecorpus.corpus.verify.problem import Problem

__all__ = ["Problem", "Report", "verify"]
