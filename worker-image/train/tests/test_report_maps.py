"""The heat maps of the report, from merge reports that the merge engine wrote."""

import copy
import itertools
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import CONTRACT, Workspace, fixture
from test_report import SCORES, Page, write_evaluation

from paft_train.report import deltas, heatmap, modules
from paft_train.report.training_runs import Run

REPORTS = CONTRACT / "merge-report"
STYLE = Path(deltas.__file__).with_name("style.css").read_text(encoding="utf-8")


def report(name: str) -> dict[str, Any]:
    return json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8"))


def section(*runs: tuple[str, dict[str, Any]], best: str = "ties") -> str:
    html = deltas.section(best, [Run(node, {}, [], merge) for node, merge in runs])
    page = Page()
    page.feed(html)
    assert page.open == []
    assert page.tags.count("table") == page.tags.count("caption")
    assert page.tags.count("details") == page.tags.count("summary")
    return html


def with_layers(count: int) -> dict[str, Any]:
    """The modules of a real layer, as often as asked."""
    found = report("task-arithmetic")
    layer = [entry for entry in found["modules"] if entry["layer"] == 0]
    outside = [entry for entry in found["modules"] if entry["layer"] is None]
    found["modules"] = outside + [{**copy.deepcopy(entry), "layer": index} for index in range(count) for entry in layer]
    return found


def test_grids_are_what_the_engine_measured() -> None:
    merge = report("ties")
    sft, preference, before, after = modules.grids(merge)
    assert sft.layers == [0, 1, 2]
    assert len(sft.modules) == 9
    assert list(sft.outside) == ["model.embed_tokens.weight", "model.norm.weight"]
    entry = next(e for e in merge["modules"] if (e["layer"], e["module"]) == (2, "mlp.up_proj"))
    cell = (2, "mlp.up_proj")
    assert sft.cells[cell] == pytest.approx(entry["inputs"][0]["small"]["1e-5"])
    assert preference.cells[cell] == pytest.approx(entry["inputs"][1]["small"]["1e-5"])
    assert before.cells[cell] == pytest.approx(entry["pairs"][0]["signConflict"])
    assert after.cells[cell] == pytest.approx(entry["pairs"][0]["keptSignConflict"])
    assert preference.cells[cell] > preference.cells[0, "mlp.up_proj"] > sft.cells[cell]
    assert "1e-5" in sft.title
    assert "sft" in sft.title


def test_without_trimming_there_is_one_map_of_conflicts() -> None:
    titles = [grid.title for grid in modules.grids(report("task-arithmetic"))]
    assert len(titles) == 3
    assert "trimming" not in titles[2]


def test_maps_have_values_legend_and_a_table() -> None:
    html = section(("merge-ties", report("ties")))
    assert html.count("<svg") == 4
    grid = modules.grids(report("ties"))[1]
    value = heatmap.percent(grid.cells[2, "self_attn.q_proj"])
    assert f"<title>layer 2, self_attn.q_proj: {value}</title>" in html
    table = html[html.index("<details>", html.index("preference: share")) :]
    assert '<th scope="col">self_attn.q_proj</th>' in table
    assert '<th scope="row">2</th>' in table
    assert value in table
    assert html.count('class="h9"') >= 4
    assert "highest" in html
    assert "sft alone" in html


def test_the_stage_draws_what_the_merge_wrote(tmp_path: Path, capsys: Any) -> None:
    document = fixture("report")
    for name, item in document["inputs"].items():
        path = tmp_path / item["path"]
        if name in SCORES:
            write_evaluation(path, name, SCORES[name], 1.0)
            continue
        path.mkdir(parents=True)
        (path / "manifest.json").write_text(json.dumps({"digest": "sha256:2", "metrics": {}, "resolved": {}}))
        if "merge" in name:
            (path / "merge-report.json").write_text((REPORTS / "ties.json").read_text(encoding="utf-8"))
    ended = Workspace(tmp_path, capsys).run(document)
    assert ended.code == 0, ended.message
    html = (ended.output / "report.html").read_text()
    assert "Where in the model: merge-ties" in html
    assert html.count("<figcaption>preference: share of the elements with |d| ≤ 1e-5") == 1
    assert len(html) < 100_000


def test_maps_of_one_kind_share_their_scale() -> None:
    sft, preference, *_ = modules.grids(report("ties"))
    end = heatmap.top([sft, preference])
    assert end >= max(preference.cells.values())
    assert heatmap.step(0, end) == 0
    assert heatmap.step(end, end) == 9
    assert heatmap.top([modules.Grid("t", "s", {(0, "m"): 0.0})]) == 1


def test_the_best_candidate_is_drawn_and_else_another() -> None:
    old, new = ("merge-ties", report("schema-1")), ("merge-ta", report("task-arithmetic"))
    html = section(old, new)
    assert "No heat maps from merge-ties: its merge-report.json has the schema 1" in html
    assert "rerun" in html
    assert "Where in the model: merge-ta" in html
    assert "Where in the model: merge-ties" in section(("merge-ta", new[1]), ("merge-ties", report("ties")))


def test_an_old_report_keeps_its_table() -> None:
    html = section(("merge-ties", report("schema-1")))
    assert "<svg" not in html
    assert "kept by the merge" in html


def test_reports_without_deltas() -> None:
    assert "its recipe has no base model" in section(("merge-ties", report("linear-without-base")))
    assert section() == ""


def test_one_layer_and_one_input() -> None:
    merge = report("task-arithmetic")
    assert section(("merge-ties", merge)).count("<svg") == 3
    merge["inputs"] = ["sft"]
    assert section(("merge-ties", merge)).count("<svg") == 1


def test_no_layers() -> None:
    merge = report("task-arithmetic")
    merge["modules"] = [entry for entry in merge["modules"] if entry["layer"] is None]
    html = section(("merge-ties", merge))
    assert "<svg" not in html
    assert "no tensor is in a layer" in html
    assert "model.embed_tokens.weight" in html


def test_a_large_model_stays_one_small_page() -> None:
    html = section(("merge-ties", with_layers(80)))
    assert html.count("<title>layer 79, ") == 3 * 9
    assert len(html) < 400_000
    ticks = re.findall(r'text-anchor="middle">(\d+)<', html)
    assert len(ticks) <= 3 * 24


def test_experts_are_one_module_weighted_by_their_elements() -> None:
    merge = report("task-arithmetic")
    entry = next(e for e in merge["modules"] if e["module"] == "mlp.up_proj")
    other = copy.deepcopy(entry)
    entry["module"], other["module"] = "mlp.experts.0.up_proj", "mlp.experts.1.up_proj"
    entry["inputs"][0]["small"]["1e-5"], other["inputs"][0]["small"]["1e-5"] = 0.2, 0.8
    other["inputs"][0]["elements"] *= 3
    merge["modules"].append(other)
    assert modules.grids(merge)[0].cells[0, "mlp.experts.*.up_proj"] == pytest.approx((0.2 + 3 * 0.8) / 4)


def test_missing_squares_are_dashes() -> None:
    merge = with_layers(2)
    entry = next(e for e in merge["modules"] if (e["layer"], e["module"]) == (1, "mlp.up_proj"))
    entry["inputs"][0]["small"]["1e-5"] = None
    grid = modules.grids(merge)[0]
    assert (1, "mlp.up_proj") not in grid.cells
    assert "<td>–</td>" in heatmap.values(grid)


def test_names_are_escaped() -> None:
    merge = report("task-arithmetic")
    merge["inputs"][0] = "<script>"
    merge["modules"][2]["module"] = "<b>&'\""
    html = section(("merge-ties", merge))
    assert "<script>" not in html
    assert "<b>" not in html


@pytest.mark.parametrize("seed", range(300))
def test_broken_reports_are_drawn_or_explained(seed: int) -> None:
    draw = random.Random(seed)
    merge = report("task-arithmetic")
    for _ in range(draw.randint(1, 3)):
        damage(merge, draw)
    html = section(("merge-ties", merge))
    assert "nan %" not in html
    assert "<svg" in html or "No heat maps from merge-ties" in html or merge["modules"] == []


def damage(merge: dict[str, Any], draw: random.Random) -> None:
    """Replace or remove something on a random path into the parts that maps are made of."""
    node: Any = merge
    key: Any = draw.choice(["schema", "inputs", "modules", "modules", "modules"])
    while isinstance(node[key], dict | list) and node[key] and draw.random() < 0.85:
        node = node[key]
        key = draw.choice(list(node) if isinstance(node, dict) else range(len(node)))
    if draw.random() < 0.3:
        del node[key]
        if node is merge:
            merge[key] = None
    else:
        node[key] = draw.choice([None, True, -1, 2, 10**9, 0.5, float("nan"), "x", [], {}, [[]], {"a": 1}])


def test_colours_go_from_light_to_dark_evenly() -> None:
    for block, reverse in ((STYLE.split("@media")[0], True), (STYLE.split("@media")[1], False)):
        colours = [re.search(rf"--h{index}: #(\w{{6}})", block) for index in range(10)]
        light = [lightness(found[1]) for found in colours if found]
        assert len(light) == 10
        assert light == sorted(light, reverse=reverse)
        assert min(abs(a - b) for a, b in itertools.pairwise(light)) > 4


def lightness(colour: str) -> float:
    """L* of CIELAB, 0 to 100."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16
