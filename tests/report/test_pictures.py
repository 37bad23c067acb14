from ladder.report import pictures


def test_an_inlined_figure_keeps_only_the_ids_it_uses(tmp_path):
    path = tmp_path / "a.svg"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE svg><svg><metadata>who</metadata><g id="axes_1"><use xlink:href="#m1"/></g>'
        '<defs><path id="m1"/><clipPath id="p2"/></defs><g clip-path="url(#p2)"/></svg>'
    )
    assert pictures.inline_svg(str(path), "fig") == (
        '<svg><g ><use xlink:href="#fig-m1"/></g>'
        '<defs><path id="fig-m1"/><clipPath id="fig-p2"/></defs><g clip-path="url(#fig-p2)"/></svg>'
    )
