"""What a corpus was last asked for, of every chunk, as its head tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from codecorpus.corpus import products
from codecorpus.corpus.head import Head
from codecorpus.corpus.layout import CLIPS, SOURCE
from codecorpus.corpus.manifest import Made
from codecorpus.errors import RecipeError


@dataclass(frozen=True)
class Asked:
    """`encodes` by name, `products` of the streams through each, and those of `clips`; everything unless given.

    Products are named as by `products.each`. Bitstreams are none of them: no recipe asks for these.
    """

    encodes: frozenset[str] | None = None
    products: frozenset[str] = field(default_factory=frozenset)
    clips: frozenset[str] = field(default_factory=frozenset)

    def has(self, what: str, product: str | None = None) -> bool:
        """Whether an encode, or clips (`what` is layout.CLIPS), or a product of them, was asked for."""
        if self.encodes is None:
            return True
        return (what == CLIPS or what in self.encodes) and (product is None or product in self.of(what))

    def among(self, encodes: Iterable[str]) -> list[str]:
        """Encodes, and those that were asked for, by name."""
        return sorted({*encodes, *(self.encodes or ())})

    def of(self, what: str) -> frozenset[str]:
        """The products that an encode, or clips, must have; none unless given."""
        if what == CLIPS:
            return self.clips
        return self.products if self.encodes is not None and what in self.encodes else frozenset()

    def lacks(self, what: str, made: Made | None) -> bool:
        """Whether a chunk has not all that was asked for of its streams through an encode, or of its clips."""
        if made is None or made.lacks_marker:
            return self.has(what)
        return self.has(what) and not self.of(what) <= {*products.each(made.products)}


def of(head: Head) -> Asked:
    """What the last request asked for; everything where its recipe cannot be read."""
    if head.command == "extract":
        return Asked(frozenset({SOURCE}), frozenset({"frames", *head.recipe.get("tables", ())}))
    from pydantic import ValidationError  # not before: what was extracted has no recipe to be read

    from codecorpus import matrix
    from codecorpus.recipe import form

    try:
        recipe = form.Recipe.model_validate(head.recipe, context={form.TRUST: True}).plain()
        encodes = {encode.name for encode in matrix.expand(recipe)}
    except (ValidationError, RecipeError):
        return Asked()
    made, kept = (frozenset(products.each(of(recipe))) for of in (products.of_streams, products.of_clips))
    return Asked(frozenset(encodes | ({SOURCE} if recipe.takes_source else set())), made, kept)
