"""All kinds of figures, each declared once: what draws it, from which tables, and where and how the page shows it.

A kind names its function in text, so that a figure depends on its own drawing code and not on that of all kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from aenmf.files.shipped import PACKAGE


@dataclass(frozen=True)
class Kind:
    """One kind of figure.

    Attributes:
        draw: ``module:function`` of the package's figures; called with the tables and settings below, it returns a Figure.
        heading: its title on the page.
        question: what it answers, above the figure where its function writes no finding there.
        caption: what is seen and how to read it.
        reads: argument of the function → table, relative to the folder of the run; ``{cohort}`` is the figure's only cohort.
        takes: further arguments of the function: settings of the figure; ``methods`` are given with their styles,
            ``cohorts`` with their titles, and ``cohort`` and ``title`` are those of the only cohort.
        part: the smallest part of a run that has it: ``comparison``, ``run``, or a study on ``demand``.
        section: of the page; none where the page does not show it.
        folder: where its files are, relative to the folder of the run.
        of_paper: whether it is about the paper alone, whatever the cohorts.
    """

    draw: str
    heading: str
    question: str
    caption: str
    reads: Mapping[str, str] = field(default_factory=dict)
    takes: tuple[str, ...] = ()
    part: Literal["comparison", "run", "demand"] = "comparison"
    section: str = "figures"
    folder: str = "figures"
    of_paper: bool = False

    @property
    def source(self) -> Path:
        """The file with the drawing function."""
        return PACKAGE / "figures" / f"{self.draw.partition(':')[0]}.py"


KINDS = {
    "ratios": Kind(
        draw="ratios:split_ratios",
        heading="The answer: ratios of errors",
        question="Does NMF have the lower error?",
        caption=(
            "NMF's error divided by that of the other methods. Small dots are splits, large ones their geometric mean with a "
            "95 % interval that allows for the patients that splits share; both panels have one logarithmic axis. To the left "
            "of the line at 1 NMF has the lower error. Hollow diamonds are the same mean over the matrices published with "
            "the paper, which were trained for MSE. Dots beyond the ends of the axis are not drawn."
        ),
        reads={"ratios": "tables/ratios.csv", "errors": "tables/errors.csv"},
        takes=("losses", "methods", "cohorts"),
    ),
    "schematic": Kind(
        draw="schematic:schematic",
        heading="The models",
        question="How do the three models differ?",
        caption=(
            "NMF next to convex NMF and its autoencoder. NMF looks for signatures H and exposures W freely; convex NMF "
            "and AE-NMF build every signature as a non-negative mixture of the patients' own profiles, so that their "
            "signatures lie in the cone of the data. Read each row from the catalogue on the left to its reconstruction "
            "on the right."
        ),
        of_paper=True,
    ),
    "proof": Kind(
        draw="proof:proof_of_concept_panels",
        heading="Proof of concept",
        question="Do the methods recover two known signatures?",
        caption=(
            "Two known signatures with known exposures in 45 simulated samples, and what each method makes of them from "
            "the same starting weights. Recovered signatures and exposures are drawn over the truth. C-NMF and AE-NMF "
            "overlap where they solve the same problem."
        ),
        reads={"table": "tables/proof_of_concept.csv"},
        takes=("loss", "methods"),
        part="run",
        of_paper=True,
    ),
    "errors": Kind(
        draw="boxes:error_boxes",
        heading="Errors",
        question="Which method has the lower error?",
        caption=(
            "Mean error over the cells of the catalogue, for training and for test patients, one box per method and one "
            "panel per cohort. Each box spans the quartiles of the splits, its line is the median, and thin lines join "
            "the same split under different methods: where they all rise, one method is lower on every split. The error "
            "axis is logarithmic."
        ),
        reads={"errors": "tables/errors.csv"},
        takes=("loss", "measure", "methods", "cohorts"),
    ),
    "consistency": Kind(
        draw="consistency:consistency_dots",
        heading="Consistency",
        question="Does a method find the same signatures in other patients?",
        caption=(
            "How alike the signatures of two splits are: the mean cosine similarity after the best one-to-one matching. "
            "Each dot is a split, at its mean over its pairs with all others, in order of size; the bar is the mean over "
            "all pairs with the 95 % interval of a jackknife that leaves out one split at a time, as pairs that share a "
            "split are not independent. 1 means that a method finds the same signatures whichever patients it is trained "
            "on."
        ),
        reads={"consistency": "tables/consistency.csv"},
        takes=("loss", "methods", "cohorts"),
    ),
    "pca": Kind(
        draw="pca:signature_projection",
        heading="Signatures in two dimensions",
        question="Do the methods find the same signatures in every split?",
        caption=(
            "All signatures of all splits on their first two principal components, a column per method and a row per "
            "cohort. Colour is the cluster found by PAM, and black rings mark its medoids, which are the "
            "consensus signatures. Tight, separate clouds are signatures that are found again in every split; a spread "
            "cloud is one that changes with the patients."
        ),
        reads={
            "coordinates": "tables/projection.csv",
            "explained": "tables/explained.csv",
            "clusters": "tables/clusters.csv",
            "order": "tables/order.csv",
        },
        takes=("loss", "methods", "cohorts"),
    ),
    "recovered": Kind(
        draw="profiles:recovered_profiles",
        heading="Recovery of the true signatures",
        question="Are the true signatures recovered?",
        caption=(
            "Consensus signatures of the simulated cohort drawn over the true ones they are matched to, a row with one "
            "scale. Bars are the shares of the 96 channels and lines are the truth; the number in each panel is the "
            "cosine similarity. What differs from the truth shows as a bar that misses its line."
        ),
        reads={
            "truth": "data/{cohort}/truth_signatures.tsv",
            "consensus": "tables/consensus.csv",
            "matches": "tables/matches.csv",
        },
        takes=("loss", "methods", "cohort", "title"),
    ),
    "profiles": Kind(
        draw="profiles:signature_profiles",
        heading="Consensus signatures",
        question="Which signatures are found, and what are they like?",
        caption=(
            "Consensus signatures as profiles over the 96 channels, grouped by the six substitutions. The title of each "
            "panel names the matched reference signature and the cosine similarity. Where methods are drawn side by side, "
            "a row holds signatures that are matched to each other, on one scale."
        ),
        reads={"consensus": "tables/consensus.csv", "matches": "tables/matches.csv", "order": "tables/order.csv"},
        takes=("loss", "methods", "cohort", "title"),
    ),
    "tiles": Kind(
        draw="match_tiles:match_tiles",
        heading="Matches split by split",
        question="Does the match to known signatures depend on the patients?",
        caption=(
            "The reference signature that every split's signatures are matched to: a row per consensus signature and a "
            "column per split. Colour names the match and the number is the cosine similarity. A row of one colour is a "
            "signature that is matched to the same reference in every split; a change of colour is a match that depends "
            "on the patients."
        ),
        reads={
            "split_matches": "tables/split_matches.csv",
            "clusters": "tables/clusters.csv",
            "order": "tables/order.csv",
        },
        takes=("loss", "reference", "methods", "cohort", "title"),
    ),
    "sparsity": Kind(
        draw="convergence:weight_sparsity",
        heading="Patients behind a signature",
        question="How many patients is a signature made of?",
        caption=(
            "How many patients make up half and nine tenths of the weight of a signature in the convex models. Each box "
            "holds all signatures of all splits. Low counts mean that a signature is close to the profile of a few "
            "patients."
        ),
        reads={"weights": "tables/sparsity.csv"},
        takes=("loss", "methods", "cohorts"),
    ),
    "conditions": Kind(
        draw="conditions:condition_bars",
        heading="The conditions of the theorem",
        question="What does each condition of the theorem change?",
        caption=(
            "The loss of models that break one condition of the theorem, as a multiple of the loss of C-NMF and AE-NMF on the "
            "same splits. Bars are means, dots splits, the number at the right is the mean change, and the dashed line is NMF. "
            "A bias and ReLU can only lower the loss and tied weights can only raise it: a condition whose bar is long is one "
            "that makes AE-NMF the method it is."
        ),
        reads={"conditions": "theorem/conditions.csv"},
        takes=("loss", "cohorts"),
        part="run",
    ),
    "robustness": Kind(
        draw="robustness:ratio_dots",
        heading="What decides the comparison",
        question="What decides the comparison?",
        caption=(
            "The error of NMF divided by that of the other methods when one thing at a time is changed: geometric means over "
            "splits with 95 % intervals that allow for the patients that splits share. Left of the line at 1 NMF has the lower "
            "error. A row that lies where the first one does says that its change decides nothing, and one nearer to 1 that part "
            "of the difference came from what was taken away. All panels have the same logarithmic axis."
        ),
        reads={"ratios": "tables/robustness.csv"},
        takes=("loss", "methods", "cohorts", "variants"),
        part="run",
    ),
    "rank_criteria": Kind(
        draw="rank_criteria:criterion_curves",
        heading="Number of signatures by a criterion",
        question="How many signatures does the criterion choose?",
        caption=(
            "A criterion against the number of signatures: points are means over resamples with bars of ± one standard error, "
            "and small dots are the resamples, where there are any. The ring is the number chosen, the grey band reaches from "
            "where to where 95 % of the choices lie when the resamples are drawn again (of stability, the choices with one "
            "replicate left out), and the dashed line is the true number "
            "where it is known. A ring off the dashed line is a criterion that should not be believed elsewhere. "
            "A number below the dotted line, where there is one, cannot be chosen."
        ),
        reads={"values": "rank_criteria/values.csv", "choices": "tables/rank_criteria.csv"},
        takes=("loss", "criterion", "cohorts", "threshold"),
        part="run",
        section="rank",
    ),
    "rank": Kind(
        draw="rank:rank_errors",
        heading="Test error against the number of signatures",
        question="Does the test error say how many signatures there are?",
        caption=(
            "Test error against the number of signatures over bootstrap samples, each divided by the geometric mean of all "
            "errors of the same sample, as samples with and without a hypermutated patient differ by decades. Points are "
            "medians, bands hold the middle half of the samples, and small dots are the samples. The ring is the smallest "
            "number whose mean error is within one standard error of the lowest mean. A curve that rises again shows "
            "signatures fitted to noise."
        ),
        reads={"rank": "tables/rank.csv", "choice": "tables/rank_choice.csv"},
        takes=("loss", "measure", "methods", "cohorts"),
        part="run",
        section="rank",
    ),
    "rank_seconds": Kind(
        draw="rank:rank_seconds",
        heading="Seconds against the number of signatures",
        question="What does another signature cost?",
        caption=(
            "Wall-clock seconds of a fit against the number of signatures, on a logarithmic axis; points are medians, bands "
            "hold the middle half of the bootstrap samples, and small dots are the samples. Fits are those of the rank "
            "selection, capped by its options (by default at 200 iterations from one start): slopes show what a capped fit "
            "costs, not one to convergence."
        ),
        reads={"timings": "rank/seconds.csv"},
        takes=("loss", "methods", "cohorts"),
        part="run",
        section="rank",
    ),
    "variants": Kind(
        draw="variants:variant_dots",
        heading="Ways to keep the weights non-negative",
        question="Does it matter how weights are kept non-negative?",
        caption=(
            "Train and test errors of the ways to keep the autoencoder's weights non-negative: absolute value or "
            "rectification, in the forward pass or after each step. Each error is divided by that of the first way on the same "
            "split. Small marks are splits and large ones their medians; to the right of 1 a way is worse than the first. The "
            "axis is logarithmic."
        ),
        reads={"errors": "tables/variants.csv"},
        takes=("loss", "measure", "methods", "entries", "cohorts"),
        part="run",
        section="variants",
    ),
    "convergence": Kind(
        draw="convergence:convergence_curves",
        heading="Loss during training",
        question="How fast does each solver come near the lowest loss?",
        caption=(
            "How far the loss of each solver is above the lowest loss that any solver found for the same problem, against "
            "iterations and seconds, on the first split. NMF and the convex models (C-NMF and AE-NMF) are different "
            "problems with different lowest losses. Colour is the model and the line its solver; curves at or below 1e-9 "
            "are cut off there. A marker shows where a solver stopped: a curve that ends high has stopped early or in "
            "another local optimum. Curves of the same training in two precisions lie on each other until one of them "
            "stops."
        ),
        reads={"convergence": "timings/convergence.csv"},
        takes=("loss", "methods", "models", "cohorts"),
        part="run",
        section="convergence",
    ),
    "precision": Kind(
        draw="precision:precision_curves",
        heading="Single and double precision",
        question="Where does single precision stop the training?",
        caption=(
            "How far the loss of AE-NMF is above the optimum of convex NMF, relative to it, against iterations: trained in "
            "single and in double precision by the same rule, on the first split of each cohort, from where the loss is a "
            "hundred times the optimum. The two curves are the same until single precision stops, at a dot with its loss as "
            "a multiple of the optimum next to it. The dashed line is where double precision ends when it is trained until "
            "its loss no longer falls, with ever smaller steps. Where curves and line end together far above zero, this "
            "start has led to another local optimum."
        ),
        reads={"curves": "convergence/precision_curves.csv", "summary": "convergence/precision_summary.csv"},
        takes=("loss", "cohorts"),
        part="run",
        section="convergence",
        folder="convergence",
    ),
    "luck": Kind(
        draw="luck:luck",
        heading="Luck: where one start ends, and the best of five",
        question="How much of a difference is luck of the start?",
        caption=(
            "How far fits end above the lowest loss known for the same patients, by how they were started: from one random "
            "start, as in the published comparison; from five, of which the best is kept; and by this run's own search, which "
            "goes on until the lowest loss is found again. Every fit was solved to an optimum: what lies to the right of the "
            "dashed line is another local optimum, and a difference of two methods that is no larger than such distances is "
            "luck. Where the search lies left of 1e-6, it ended at the lowest loss known."
        ),
        reads={"luck": "optima/luck.csv"},
        takes=("loss", "methods", "cohorts"),
        part="run",
        section="convergence",
        folder="optima",
    ),
    "purity": Kind(
        draw="purity:purity",
        heading="Recovery against purity",
        question="When can a method find the true signatures?",
        caption=(
            "How well each method finds the true signatures of simulated cohorts, as 1 minus the mean cosine, against the purity "
            "of the cohort: the largest share of a signature in any patient, for the signature for which it is least. Each dot "
            "is a cohort, lines join the means. A signature that is never nearly alone in a patient lies outside the cone of the "
            "patients' profiles, and a convex method cannot reach it. Ticks mark the published simulated cohorts."
        ),
        reads={"fits": "purity/fits.csv", "cohorts": "purity/cohorts.csv"},
        takes=("loss", "methods"),
        part="demand",
        section="",
        folder="purity",
    ),
    "scaling": Kind(
        draw="scaling:scaling_curves",
        heading="Cost against size",
        question="How does the cost grow with patients and signatures?",
        caption=(
            "Cost of a fit or of an iteration against the number of patients and of signatures of a resampled cohort, "
            "both axes logarithmic: seconds and peak memory. Dots are repeats and lines join their medians. An open "
            "triangle is a fit that was still running when its time was up: it would lie higher. Below the panels are the fitted "
            "exponents of the seconds with their 95 % intervals: slopes over the larger half of the sizes, and none where a fit "
            "did not end or fewer than four sizes were measured. Lines per iteration are of a fixed number of iterations, their "
            "exponents of whole fits wherever these ended at each of the larger sizes."
        ),
        reads={"times": "scaling/times.csv", "exponents": "scaling/exponents.csv"},
        takes=("loss", "quantity", "budget"),
        part="demand",
        section="",
        folder="scaling",
    ),
    "benchmark": Kind(
        draw="benchmark:seconds_to_target",
        heading="Seconds to the best known loss",
        question="Which solver comes near the best known loss first?",
        caption=(
            "Seconds that each solver needs to come within a given distance of the best known loss. A row is a "
            "contestant, a dot a split and the bar the median of the dots. An open triangle is a split on which the "
            "target was not reached: it is drawn at the seconds that were spent, and the column at the right of a panel "
            "says the median gap that was left on such splits."
        ),
        reads={"times": "benchmark/times.csv"},
        takes=("loss", "models", "titles", "cohorts", "within"),
        part="demand",
        section="",
        folder="benchmark",
    ),
    "leaderboard": Kind(
        draw="leaderboard:leaderboard_dots",
        heading="Leaderboard",
        question="Which method is best, and where is it a tie?",
        caption=(
            "Scores of every method on every cohort: dots are means over the splits, lines the middle 95 % of the splits, which "
            "of a few splits is all of them. 1 minus the mean cosine and F1 compare with the true signatures. Cosines that "
            "round to 1 are drawn at the left end. Black rings are the best of a row and all that tie with it to three "
            "decimals. The test error is divided by the lowest error of any "
            "method on the same split. An open triangle is an infinite error: a patient has mutations where the fit has "
            "none."
        ),
        reads={
            "by_cohort": "leaderboard/by_cohort.csv",
            "seconds": "leaderboard/seconds.csv",
            "spread": "leaderboard/spread.csv",
        },
        takes=("loss", "methods", "cohorts"),
        part="demand",
        section="leaderboard",
        folder="leaderboard",
    ),
    "scores": Kind(
        draw="scores:score_dots",
        heading="Scores against the truth",
        question="Which method finds the truth?",
        caption=(
            "What each method found of the known truth, a row per method, the best first and the controls last. Small dots are "
            "cohorts, means over seeds; the large one is their mean with its 95 % bootstrap interval over cohorts. 1 − cosine is "
            "of the matched signatures, Manhattan the error of the exposures; on these logarithmic axes the truth is at the "
            "left edge. A row that reaches the grey ones at the bottom has found no more than an answer without any "
            "factorisation."
        ),
        reads={"board": "scores/board.csv", "by_cohort": "scores/board_by_cohort.csv"},
        takes=("protocol",),
        part="demand",
        section="",
        folder="scores",
    ),
    "forest": Kind(
        draw="forest:forest",
        heading="Across cancers",
        question="Does NMF have the lower error in other cancers too?",
        caption=(
            "NMF's error divided by that of C-NMF and of AE-NMF on the same splits, a row per cancer, those with most patients "
            "first. Squares are geometric means over the splits with 95 % intervals that allow for the patients that splits "
            "share; larger squares have more weight. The diamond is the random-effects mean, as wide as its 95 % interval, and "
            "the line through it is where the ratio of another cancer is expected. To the left of 1 NMF has the lower error."
        ),
        reads={"forest": "tables/forest.csv", "summary": "tables/forest_summary.csv"},
        takes=("loss", "methods", "cohorts"),
        part="demand",
    ),
    "audit": Kind(
        draw="published:paired_figure",
        heading="Published fits and fits of the same patients",
        question="How far are the published fits from their optimum?",
        caption=(
            "The published fits next to fits of the same patients. Above, training errors divided by the error of the "
            "best NMF of the same split: how far each fit is from what was possible. Below, how much the published "
            "signatures differ from the fitted ones they are matched to, as 1 minus the cosine similarity."
        ),
        reads={
            "published": "audit/published_errors.csv",
            "fits": "audit/fits.csv",
            "cosines": "audit/cosines.csv",
            "stages": "audit/stages.csv",
        },
        takes=("cohorts", "models", "titles"),
        part="demand",
        section="audit",
        folder="audit",
    ),
}
"""By name, in the order of the page."""
