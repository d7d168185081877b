"""PyTorch datasets of a corpus: windows of pixels beside what encoders worked out about them.

`pip install 'codecorpus[torch]'`.
"""

from __future__ import annotations

from codecorpus.augment import Augment
from codecorpus.torch.batch import collate
from codecorpus.torch.dataset import ClipDataset, Sample
from codecorpus.torch.stream import ClipStream

__all__ = ["Augment", "ClipDataset", "ClipStream", "Sample", "collate"]
