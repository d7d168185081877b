"""What a corpus was last asked for, of every chunk, as its head tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from codecorpus.corpus import products
from codecorpus.corpus.head import Head
from codecorpus.corpus.layout import CLIPS, SOURCE
from codecorpus.errors import RecipeError


@dataclass(frozen=True)
class Asked:
    """`encodes` by name, `products` of the streams through each, and those of `clips`; everything unless given.

    Bitstreams are none of them: no recipe asks for these.
    """

    encodes: frozenset[str] | None = None
    products: frozenset[str] = field(default_factory=frozenset)
    clips: frozenset[str] = field(default_factory=frozenset)

    def has(self, what: str, product: str | None = None) -> bool:
        """Whether an encode, or clips (`what` is layout.CLIPS), or a product of them, was asked for."""
        if self.encodes is None:
            return True
        if what == CLIPS:
            return product is None or product in self.clips
        return what in self.encodes and (product is None or product in self.products)


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
    made = {"frames", *recipe.tables, *([products.maps(recipe.maps.cell)] if recipe.maps else [])}
    kept = {products.pixels(recipe.keep.clips)} if recipe.keep else set()
    return Asked(frozenset(encodes | ({SOURCE} if recipe.takes_source else set())), frozenset(made), frozenset(kept))
