"""The evaluators of the paper's claims, one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aenmf.evaluation.resampled import Mean, Sizes, corrected_mean, correction, two_sets_of_splits
from aenmf.evaluation.statistics import mean_pairwise_error
from aenmf.verdicts.evaluators import EVALUATORS
from aenmf.verdicts.measuring import CannotCheck, Run, equal, one_side, with_controls
from support.claims_run import COLUMNS, LOSS, errors_table, make_run

SIZES = Sizes(8, 2)
"""Of the run of :func:`support.claims_run.make_run`."""


def outcome(run: Run, name: str, **parameters: object):
    return EVALUATORS[name](run, **parameters)


LOWER = {"cohort": "ovary", "loss": LOSS, "set": "train", "first": "nmf", "second": "aenmf"}


def test_lower_is_the_mean_ratio_and_its_test_is_of_new_patients():
    second = [1.1 + i / 100 for i in range(8)]
    found = outcome(make_run(errors=errors_table({"plain": [1.0] * 8, "auto": second}, {})), "error_lower", **LOWER)
    mean = corrected_mean(-np.log(second), SIZES)
    assert (
        found.holds and found.ours == f"ratio {np.mean(1 / np.array(second)):.3f}" and "8 of 8 splits" in found.evidence
    )
    assert found.interval == pytest.approx(mean.ratio()) and found.p_value == pytest.approx(mean.p_value())


def test_the_mean_of_ratios_decides_not_the_ratio_of_means():
    # One split with a huge error makes AE-NMF's mean far higher, but it is lower on all the others.
    run = make_run(errors=errors_table({"plain": [1.0] * 19 + [10.0], "auto": [0.9] * 19 + [1000.0]}, {}))
    found = outcome(run, "error_lower", **LOWER)
    assert not found.holds and "1 of 20 splits" in found.evidence


def test_a_mean_ratio_below_one_by_chance_is_not_significant():
    run = make_run(errors=errors_table({"plain": [1.0] * 7, "auto": [1.1, 1.2, 1.3, 1.4, 0.9, 0.8, 1.5]}, {}))
    found = outcome(run, "error_lower", **LOWER)
    assert found.holds and found.p_value > 0.05 and found.interval[2] > 1


def test_a_single_split_has_no_interval():
    run = make_run(errors=errors_table({"plain": [1.0], "auto": [2.0]}, {}))
    with pytest.raises(CannotCheck, match="1 split is too few"):
        outcome(run, "error_lower", **LOWER)


def test_errors_that_are_not_finite_are_left_out():
    run = make_run(errors=errors_table({"plain": [1.0, 1.0, 1.0], "auto": [np.inf, 2.0, 2.0]}, {}))
    assert "2 of 2 splits" in outcome(run, "error_lower", **LOWER).evidence
    with pytest.raises(CannotCheck, match="no finite errors"):
        outcome(make_run(errors=errors_table({"plain": [1.0], "auto": [np.inf]}, {})), "error_lower", **LOWER)


def test_gap_larger_in_training():
    base = np.arange(1.0, 11.0)
    noise = np.exp(np.linspace(-0.05, 0.05, 10))
    narrow = {"plain": list(base), "auto": list(base * 1.1 * noise)}
    wide = {"plain": list(base), "auto": list(base * 2)}
    parameters = {"cohort": "ovary", "loss": LOSS, "first": "nmf", "second": "aenmf"}
    larger = outcome(make_run(errors=errors_table(wide, narrow)), "gap_larger_in_training", **parameters)
    assert larger.holds and larger.p_value < 0.001 and "0.500 in training" in larger.ours
    smaller = outcome(make_run(errors=errors_table(narrow, wide)), "gap_larger_in_training", **parameters)
    assert not smaller.holds and smaller.interval[0] == pytest.approx(1 / larger.interval[0])
    assert not outcome(make_run(errors=errors_table(wide, wide)), "gap_larger_in_training", **parameters).holds
    mixed = {
        "plain": list(base),
        "auto": list(base * 2 * np.array([0.5, 0.6, 0.7, 0.9, 1.1, 1.2, 0.8, 1.3, 1.4, 0.95])),
    }
    by_chance = outcome(make_run(errors=errors_table(mixed, wide)), "gap_larger_in_training", **parameters)
    assert not by_chance.holds and by_chance.p_value > 0.05


@pytest.mark.parametrize(
    ("interval", "holds", "decided"),
    [
        ((0.9, 0.8, 0.99), True, True),
        ((0.9, 0.8, 1.01), True, False),
        ((1.1, 1.01, 1.2), False, True),
        ((1.1, 0.99, 1.2), False, False),
        ((0.9, 0.8, 0.99), False, False),  # a mean ratio above one, and a geometric mean below
    ],
)
def test_an_order_is_decided_by_an_interval_on_the_side_of_the_mean(interval, holds, decided):
    assert one_side(holds, interval, 1.0) == decided


def test_equivalence_looks_at_the_distribution():
    parameters = {"cohort": "ovary", "loss": LOSS, "set": "train", "first": "aenmf", "second": "cnmf"}
    parameters |= {"margin": 0.05, "share": 0.9}
    near = make_run(errors=errors_table({"auto": [1.01] * 9 + [1.4], "convex": [1.0] * 10}, {}))
    assert outcome(near, "errors_equivalent", **parameters).holds
    # The ratios average 1.0, but no split is near it.
    far = make_run(errors=errors_table({"auto": [0.8, 1.2] * 5, "convex": [1.0] * 10}, {}))
    assert not outcome(far, "errors_equivalent", **parameters).holds


def test_equivalence_is_tested_on_the_mean_over_splits():
    ratios = np.exp(np.random.default_rng(0).normal(0.01, 0.02, 12))
    run = make_run(errors=errors_table({"auto": list(ratios), "convex": [1.0] * 12}, {}))
    parameters = {"cohort": "ovary", "loss": LOSS, "set": "train", "first": "aenmf", "second": "cnmf"}
    found = outcome(run, "errors_equivalent", **parameters, margin=0.05, share=0.9)
    assert found.p_value == pytest.approx(corrected_mean(np.log(ratios), SIZES).equivalence(np.log(0.95), np.log(1.05)))


def test_mean_error_has_the_interval_of_other_splits():
    run = make_run(errors=errors_table({}, {"plain": [1.0, 2.0, 6.0]}))
    found = outcome(run, "mean_error", cohort="ovary", method="nmf", loss=LOSS, set="test")
    assert found.ours == 3.0 and "3 splits" in found.evidence
    assert found.interval[1:] == pytest.approx(two_sets_of_splits([1.0, 2.0, 6.0]).interval())


def pairs(first: list[float], second: list[float]) -> pd.DataFrame:
    """consistency.csv of two methods on three or more splits."""
    n = int((1 + np.sqrt(1 + 8 * len(first))) / 2)
    rows = [
        ("ovary", name, LOSS, i, j, value)
        for name, values in (("plain", first), ("auto", second))
        for (i, j), value in zip(((i, j) for i in range(n) for j in range(i + 1, n)), values, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS["consistency"])


def test_consistency_is_compared_on_the_same_pairs_of_splits():
    first, second = [0.90, 0.92, 0.88, 0.91, 0.93, 0.89], [0.80, 0.83, 0.78, 0.82, 0.83, 0.78]
    table = pairs(first, second)
    parameters = {"cohort": "ovary", "loss": LOSS, "first": "nmf", "second": "aenmf"}
    found = outcome(make_run(consistency=table), "consistency_equal", **parameters, margin=0.11)
    difference = table[table["method"] == "plain"].assign(similarity=np.subtract(first, second))
    error = mean_pairwise_error(difference) * correction(4, SIZES)
    mean = Mean(4, float(np.subtract(first, second).mean()), error)
    assert found.holds and found.equality and found.interval == pytest.approx((mean.value, *mean.interval()))
    assert found.p_value == pytest.approx(mean.equivalence(-0.11, 0.11))
    refuted = outcome(make_run(consistency=table), "consistency_equal", **parameters, margin=0.05)
    assert not refuted.holds and refuted.decided
    with pytest.raises(CannotCheck, match="2 splits are too few"):
        outcome(make_run(consistency=pairs([0.9], [0.8])), "consistency_equal", **parameters, margin=0.1)


def test_equality_is_refuted_only_by_an_interval_outside_the_margin():
    near, far = (equal(Mean(30, 0.1, error), 0.07, "Means") for error in (0.02, 0.01))
    assert not near.holds and not near.decided
    assert not far.holds and far.decided
    assert equal(Mean(30, 0.05, 0.02), 0.07, "Means").decided  # whether it is shown is for its test to say


def test_a_real_difference_is_named_next_to_equality():
    """Within the margin and yet different from zero: both are said."""
    found = outcome(
        make_run(consistency=pairs([0.92] * 5 + [0.921], [0.90] * 6)),
        "consistency_equal",
        cohort="ovary",
        loss=LOSS,
        first="nmf",
        second="aenmf",
        margin=0.07,
    )
    assert found.p_value < 0.001 and found.interval[1] > 0
    assert "differs from zero with p = " in found.evidence


def test_recovery_is_compared_split_by_split():
    truth = [
        ("ovary", name, LOSS, split, "SBS3", 0, value + split / 100)
        for name, value in (("plain", 0.9), ("auto", 0.895))
        for split in range(3)
    ]
    run = make_run(recovery=pd.DataFrame(truth, columns=COLUMNS["recovery"]))
    parameters = {"cohort": "ovary", "loss": LOSS, "first": "nmf", "second": "aenmf"}
    found = outcome(run, "recovery_equal", **parameters, margin=0.01)
    assert found.holds and found.p_value == 0 and "NMF 0.9100, AE-NMF 0.9050" in found.evidence
    assert not outcome(run, "recovery_equal", **parameters, margin=0.004).holds


def test_matches_and_counts():
    matches = [
        ("ovary", m, LOSS, c, "cosmic", name, v)
        for m, shift in (("plain", 0), ("auto", 0.1))
        for c, name, v in ((1, "SBS10a", 0.9 - shift), (2, "SBS2", 0.7 - shift), (3, None, np.nan))
    ]
    table4 = [("ovary", LOSS, "plain", "SBS10a", False), ("ovary", LOSS, "plain", "SBS2", True)]
    run = make_run(
        matches=pd.DataFrame(matches, columns=COLUMNS["matches"]),
        table4=pd.DataFrame(table4, columns=COLUMNS["table4"]).astype({"seen_in_cancer_type": "boolean"}),
    )
    found = outcome(run, "mean_match_cosine", cohort="ovary", method="nmf", loss=LOSS, reference="cosmic")
    assert found.ours == pytest.approx(0.8) and "SBS2 0.70, SBS10a 0.90" in found.evidence
    both = {"cohort": "ovary", "loss": LOSS, "reference": "cosmic", "first": "nmf", "second": "aenmf"}
    assert outcome(run, "matches_equal", **both, margin=0.11).holds
    assert not outcome(run, "matches_equal", **both, margin=0.09).holds
    both["cohorts"] = [both.pop("cohort")]
    assert outcome(run, "slight_advantage", **both, margin=0.11).holds
    assert not outcome(run, "slight_advantage", **both, margin=0.09).holds  # not slight
    swapped = both | {"first": "aenmf", "second": "nmf"}
    assert "AE-NMF not higher" in outcome(run, "slight_advantage", **swapped, margin=0.11).ours
    with pytest.raises(CannotCheck, match="no cohort uterus"):
        outcome(run, "slight_advantage", **(both | {"cohorts": ["ovary", "uterus"]}), margin=0.11)
    for spread, said in ((0.001, True), (0.2, False)):
        tested = replace(run, split_matches=split_matches(0.1, spread))
        advantage = outcome(tested, "slight_advantage", **both, margin=0.11)
        assert advantage.holds and advantage.decided == said and (advantage.interval[1] > 0) == said
        assert (outcome(tested, "slight_advantage", **both, margin=0.05).decided) == said  # more than slight
        assert outcome(tested, "slight_advantage", **swapped, margin=0.11).decided == said  # the other way round
        one = {name: value for name, value in both.items() if name != "cohorts"} | {"cohort": "ovary"}
        equally = outcome(tested, "matches_equal", **one, margin=0.11)
        assert equally.equality and equally.holds and (equally.p_value < 0.05) == said
    seen = outcome(run, "seen_before", cohort="ovary", method="nmf", loss=LOSS)
    assert seen.ours == 1 and "PCAWG saw SBS2" in seen.evidence and "not SBS10a" in seen.evidence


EXPONENT = {"model": ["cnmf"], "solver": ["mu"], "loss": [LOSS], "variable": ["K"], "quantity": ["iteration"]}
EXPONENT |= {"exponent": [1.2], "low": [1.1], "high": [1.3], "smallest": [8], "largest": [32]}


def test_an_order_of_growth_is_judged_only_where_it_could_show():
    run = make_run(scaling=pd.DataFrame(EXPONENT))
    parameters = {"method": "cnmf", "variable": "K", "loss": LOSS, "solver": "mu"}
    found = outcome(run, "scaling_exponent", **parameters, shows_from=32)
    assert found.ours == 1.2 and found.interval == (1.2, 1.1, 1.3)
    with pytest.raises(CannotCheck, match="K up to 32 cannot tell.*from K = 96 only.*no operations are counted"):
        outcome(run, "scaling_exponent", **parameters, shows_from=96)
    with pytest.raises(CannotCheck, match="fewer than three sizes"):
        outcome(make_run(scaling=pd.DataFrame(EXPONENT | {"exponent": [np.nan]})), "scaling_exponent", **parameters)


def timed(first: list[str], second: list[str]) -> Run:
    rows = [
        (model, solver, LOSS, "K", 4, 1000, "fit", outcome, seconds if outcome == "done" else np.nan)
        for model, solver, outcomes, seconds in (("aenmf", "adam", first, 1.0), ("cnmf", "textbook", second, 2.0))
        for outcome in outcomes
    ]
    columns = ["model", "solver", "loss", "variable", "size", "patients", "quantity", "outcome", "seconds"]
    return make_run(times=pd.DataFrame(rows, columns=columns))


def test_seconds_are_compared_and_a_fit_over_budget_is_slower():
    parameters = {"variable": "K", "size": 4, "quantity": "fit", "loss": LOSS}
    one, other = {"first": "aenmf", "first_solver": "adam"}, {"second": "cnmf", "second_solver": "textbook"}
    found = outcome(timed(["done"], ["done"]), "cost_lower", **parameters, **one, **other)
    assert found.holds and found.interval[0] == 0.5 and "1000 patients" in found.evidence
    late = outcome(timed(["done"] * 2, ["done", "over budget"]), "cost_lower", **parameters, **one, **other)
    assert late.holds and "C-NMF over budget" in late.ours and np.isnan(late.interval[0])
    swapped = {"first": "cnmf", "first_solver": "textbook", "second": "aenmf", "second_solver": "adam"}
    assert not outcome(timed(["done"], ["done"]), "cost_lower", **parameters, **swapped).holds
    for run, message in (
        (timed(["over budget"], ["over budget"]), "AE-NMF ended no fit"),
        (timed(["not tried"] * 2, ["over budget"]), "AE-NMF was not timed at this K, as a smaller one was"),
        (timed(["done"], ["not tried"]), "C-NMF was not timed"),
    ):
        with pytest.raises(CannotCheck, match=message):
            outcome(run, "cost_lower", **parameters, **one, **other)


def split_matches(difference: float, spread: float) -> pd.DataFrame:
    """Matches of four splits, whose differences between the methods have this mean and lie this far from it."""
    return pd.DataFrame(
        [
            ("ovary", m, LOSS, "cosmic", split, 0, "SBS2", 0.8 - (m == "auto") * (difference + spread * (-1) ** split))
            for m in ("plain", "auto")
            for split in range(4)
        ],
        columns=["cohort", "method", "loss", "reference", "split", "signature", "match", "cosine"],
    )


def test_a_rank_is_judged_only_where_the_criterion_passes_its_controls():
    rows = [("ovary", 4, 3, 5, 12, None), ("known", 3, 3, 3, 12, 3), ("noisy", 3, 3, 4, 12, 3)]
    columns = ["cohort", "chosen", "low", "high", "highest_tried", "true"]
    ranks = pd.DataFrame(rows, columns=columns).assign(loss=LOSS, criterion="some")
    parameters = {"cohort": "ovary", "criterion": "some", "loss": LOSS, "controls": ["known", "noisy"]}
    found = outcome(make_run(ranks=ranks), "chosen_rank", **parameters)
    assert (
        found.ours == 4
        and found.interval == (4, 3, 5)
        and "at least" not in found.evidence
        and "all 2 controls" in found.evidence
    )
    bounded = outcome(make_run(ranks=ranks.assign(highest_tried=4)), "chosen_rank", **parameters)
    assert "chooses at least K = 4, the highest tried (3 to 5)" in bounded.evidence
    with pytest.raises(CannotCheck, match="fails its control: on known, of 5 signatures, .* K = 3"):
        outcome(make_run(ranks=ranks.assign(true=5)), "chosen_rank", **parameters)
    ranks.loc[2, "chosen"] = 12
    with pytest.raises(CannotCheck, match="on noisy, of 3 signatures, .* at least K = 12, the highest tried"):
        outcome(make_run(ranks=ranks), "chosen_rank", **parameters)
    with pytest.raises(CannotCheck, match="not tried on its control, noisy"):
        outcome(make_run(ranks=ranks[:2]), "chosen_rank", **parameters)
    ranks.loc[2, "chosen"] = 3
    with pytest.raises(CannotCheck, match="no cohort uterus"):
        outcome(make_run(ranks=ranks), "chosen_rank", **(parameters | {"cohort": "uterus"}))


def test_proof_of_concept():
    proof = pd.DataFrame(
        [(LOSS, "auto", "exposures", 1, 1, 99.0), (LOSS, "convex", "exposures", 1, 1, 100.0)],
        columns=["loss", "method", "quantity", "signature", "position", "value"],
    )
    run = make_run(proof_of_concept=proof)
    parameters = {"quantity": "exposures", "loss": LOSS, "first": "aenmf", "second": "cnmf"}
    assert outcome(run, "proof_of_concept_overlap", **parameters, margin=0.02).holds
    assert not outcome(run, "proof_of_concept_overlap", **parameters, margin=0.005).holds


@pytest.mark.parametrize(
    ("layers", "biases", "weights"),
    [
        ("N → K → N", "none", "2KN"),
        ("N → K → N", "encoder and decoder", "2KN and biases in encoder and decoder"),
        ("N → L → K → N", "none", "LN + KL + KN"),
    ],
)
def test_weights_are_counted_from_layers_and_biases(layers: str, biases: str, weights: str):
    table = pd.DataFrame({"model": ["aenmf"], "layers": [layers], "biases": [biases]})
    found = outcome(make_run(architectures=table), "number_of_weights", model="aenmf", stated="2KN")
    assert found.ours == weights and found.holds == (weights == "2KN")


def test_a_single_fit_that_is_no_optimum_of_the_other_model_refutes_it():
    row = {"cohort": "ovary", "loss": LOSS, "splits": 30, "aenmf_optima": 30, "aenmf_residual": 1e-9, "aenmf_fall": 0.0}
    parameters = {"cohort": "ovary", "model": "aenmf", "other": "cnmf"}
    assert outcome(make_run(theorem=pd.DataFrame([row])), "optima_shared", **parameters).holds
    found = outcome(make_run(theorem=pd.DataFrame([row, row | {"aenmf_optima": 29}])), "optima_shared", **parameters)
    assert not found.holds and found.ours == "59/60 optima"


def test_a_variant_counts_as_better_beyond_the_margin_only():
    def variants(factor: float) -> Run:
        rows = [
            ("ovary", method, LOSS, split, "train", "mse", size * (10 + split))
            for method, size in (("chosen", 1.0), ("other", factor))
            for split in range(4)
        ]
        return make_run(variants=pd.DataFrame(rows, columns=COLUMNS["errors"]))

    parameters = {"cohort": "ovary", "loss": LOSS, "chosen": "chosen", "other": "other", "margin": 0.05}
    for factor, holds in ((1.2, True), (0.97, True), (0.9, False)):
        found = outcome(variants(factor), "variant_not_better", **parameters)
        assert found.holds == holds and (found.p_value < 0.05) == holds
    with pytest.raises(CannotCheck, match="no another next to"):
        outcome(variants(1.0), "variant_not_better", **(parameters | {"other": "another"}))


def test_controls_of_another_run_are_added_where_the_run_has_none():
    own = pd.DataFrame({"cohort": ["ovary", "known"], "chosen": [4, 3]})
    kept = pd.DataFrame({"cohort": ["known", "noisy"], "chosen": [9, 5]})
    both = with_controls(own, kept)
    assert both is not None and dict(zip(both["cohort"], both["chosen"], strict=True)) == {
        "ovary": 4,
        "known": 3,
        "noisy": 5,
    }
    assert with_controls(own) is own and with_controls() is None
