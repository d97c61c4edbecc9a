"""The table of bad inputs for ``test_bad_input.py``: configurations, catalogues and files, and what each message must say."""

from __future__ import annotations

from typing import Any

import numpy as np

from aenmf.channels import CHANNELS

N = 12
COUNTS = np.random.default_rng(5).integers(1, 50, size=(96, N))


def catalogue(counts: np.ndarray = COUNTS, channels=CHANNELS, header: list[str] | None = None) -> list[list[str]]:
    """A good catalogue as rows of cells."""
    header = header or ["MutationType", *(f"P{i}" for i in range(counts.shape[1]))]
    return [header, *([channel, *map(str, row)] for channel, row in zip(channels, counts.tolist(), strict=True))]


def text(rows: list[list[str]]) -> bytes:
    return "".join("\t".join(row) + "\n" for row in rows).encode()


def cell(row: int, column: int, value: str) -> bytes:
    rows = catalogue()
    rows[row][column] = value
    return text(rows)


def own(**keys: Any) -> dict[str, Any]:
    """A configuration of one own cohort, file own.tsv, rank 3."""
    entry = {"file": "own.tsv", "rank": 3} | keys
    return {
        "run": "mine",
        "cohorts": ["mine"],
        "own_cohorts": {"mine": {key: value for key, value in entry.items() if value is not None}},
    }


def simulated(**keys: Any) -> dict[str, Any]:
    """A configuration of one simulated cohort of 20 patients."""
    entry: dict[str, Any] = {"signatures": ["SBS1", "SBS5"], "patients": 20} | keys
    kept = {key: value for key, value in entry.items() if value is not None}
    return {"cohorts": ["sim"], "simulated_cohorts": {"sim": kept}}


def drawn(**keys: Any) -> dict[str, Any]:
    """A configuration of one further draw of Scenario 8."""
    entry = {"signatures": None, "patients": None, "base": "scenario8", "noise": "poisson"}
    return simulated(**entry | keys)


def method(**keys: Any) -> dict[str, Any]:
    return {"methods": {"nmf": keys}}


# name: what is laid over the default configuration, and what the message must say: place, problem, remedy
CONFIGURATION: dict[str, tuple[dict[str, Any], list[str]]] = {
    "title of two lines": (own(title="a\nb"), ["own_cohorts.mine.title", "in one line"]),
    "title with a bell": (method(title="a\x07"), ["methods.nmf.title", "in one line"]),
    "title too long": (own(title="a" * 201), ["own_cohorts.mine.title", "at most 200 characters"]),
    "half a letter": (own(citation="\ud800"), ["own_cohorts.mine.citation", "half a letter", "Write the letter"]),
    "methods of one title": (method(title="AE-NMF"), ["config key methods", "'nmf' and 'aenmf'", "another title"]),
    "cohorts of one title": (
        own(title="Scenario 8") | {"cohorts": ["mine", "scenario8"]},
        ["config key cohorts", "'mine' and 'scenario8' have the same title", "another title"],
    ),
    "home of nobody": (own(file="~nobody-there/x"), ["own_cohorts.mine.file", "no file '~nobody-there/x'"]),
    "path too long": (own(file="a" * 300), ["own_cohorts.mine.file", "300 characters", "Correct the path"]),
    "folder of modules too long": ({"plugin_path": ["a" * 300]}, ["config key plugin_path.0", "300 characters"]),
    "best known losses of another kind": (
        own() | {"optima": {"best_known": "own.tsv"}},
        ["config key optima.best_known", "has no column 'best'", "best_known.csv"],
    ),
    "exponents of another kind": (
        own() | {"scaling": {"exponents": "own.tsv"}},
        ["config key scaling.exponents", "has no column 'exponent'", "exponents.csv"],
    ),
    "best known losses are a folder": (
        own() | {"optima": {"best_known": "empty"}},
        ["config key optima.best_known", "cannot be read", "or write null"],
    ),
    "folder of modules with a zero": ({"plugin_path": ["a\0b"]}, ["config key plugin_path", "there is no folder"]),
    "figures of one name": (
        simulated()
        | {"cohorts": ["sim", "sim_nmf"], "compare": ["nmf_mu", "mu"]}
        | {"simulated_cohorts": {name: simulated()["simulated_cohorts"]["sim"] for name in ("sim", "sim_nmf")}}
        | {"methods": {name: {"model": "nmf", "solver": "mu"} for name in ("nmf_mu", "mu")}},
        [
            "config key cohorts",
            "the same name, sim_nmf_mu",
            "cohort 'sim' with 'nmf_mu'",
            "'sim_nmf' with 'mu'",
            "Rename",
        ],
    ),
    "scaling of an unknown entry": (
        {"scaling": {"methods": ["nope"]}},
        ["config key scaling.methods", "unknown method entry 'nope'", "Allowed"],
    ),
    "benchmark of a cohort not run": (
        {"benchmark": {"cohorts": ["uterus"]}},
        ["config key benchmark.cohorts", "'uterus' is not among this run's cohorts", "Allowed"],
    ),
    "benchmark with a peer whose interpreter is missing": (
        {"benchmark": {"peers": {"salamander": "no/such/python"}}},
        ["config key benchmark.peers.salamander", "no program 'no/such/python'", "null to leave the peer out"],
    ),
    "benchmark with an unknown peer": (
        {"benchmark": {"peers": {"salamandr": "python3"}}},
        ["config key benchmark.peers", "unknown key 'salamandr'", "Did you mean 'salamander'"],
    ),
    "optima of an unknown entry": (
        {"optima": {"methods": ["nmff"]}},
        ["config key optima.methods", "unknown method entry 'nmff'", "Did you mean 'nmf'"],
    ),
    "optima of a model without starts": (
        {"optima": {"methods": ["dsae"]}},
        ["config key optima.methods", "the model of 'dsae' is dsae", "Name entries of"],
    ),
    "optima of cohorts without methods": (
        {"optima": {"cohorts": ["scenario8"]}},
        ["config key optima.methods", "no method entry is named", "scenario8"],
    ),
    "optima by an unknown strategy": (
        {"optima": {"strategies": ["residuals"]}},
        ["config key optima.strategies", "'residuals' is not allowed", "Did you mean 'residual'"],
    ),
    "robustness of a single entry": (
        {"robustness": {"methods": ["nmf"]}},
        ["config key robustness.methods", "nothing to be compared with", "Name another one"],
    ),
    "robustness of cohorts without methods": (
        {"robustness": {"cohorts": ["scenario8"]}},
        ["config key robustness.methods", "no method entry is named", "scenario8"],
    ),
    "robustness by an unknown change": (
        {"robustness": {"variants": ["half_ranks"]}},
        ["config key robustness.variants", "'half_ranks' is not allowed", "Did you mean 'half_rank'"],
    ),
    "audit of an unknown cohort": (
        {"audit": {"cohorts": ["ovarry"]}},
        ["config key audit.cohorts", "unknown cohort 'ovarry'", "Did you mean 'ovary'"],
    ),
    "unknown key": ({"n_split": 3}, ["unknown key 'n_split'", "Did you mean 'n_splits'"]),
    "run leaves results": ({"run": "../out"}, ["config key run", "'../out' is not allowed", "letters, digits"]),
    "run is absolute": ({"run": "/tmp/x"}, ["config key run", "'/tmp/x' is not allowed"]),
    "run is a dot": ({"run": ".."}, ["config key run", "is not allowed"]),
    "run ends with a line break": ({"run": "mine\n"}, ["config key run", "is not allowed"]),
    "run is the reference": ({"run": "reference"}, ["config key run", "kept for the committed results"]),
    "run is a number": ({"run": 2024}, ["config key run", "2024 is a whole number, and text is needed", "in quotes"]),
    "true or false as text": (
        {"progress": "false"},
        ["config key progress", "'false' is text", "Write false without quotes, and False after --config"],
    ),
    "run reads as false": ({"run": False}, ["config key run", "False is true or false", "'false'"]),
    "run is too long": ({"run": "x" * 65}, ["config key run", "at most 64 characters"]),
    "seed negative": ({"seed": -1}, ["config key seed", "-1 is not at least 0"]),
    "seed fraction": ({"seed": 1.5}, ["config key seed", "a whole number is needed"]),
    "cohorts as text": ({"cohorts": "scenario8"}, ["config key cohorts", "a list", "Write [scenario8]"]),
    "cohorts empty": ({"cohorts": []}, ["config key cohorts", "it is empty", "Cohorts to analyse"]),
    "cohorts twice": ({"cohorts": ["scenario8", "scenario8"]}, ["'scenario8' is in the list twice", "Remove one"]),
    "cohort unknown": ({"cohorts": ["scenario9"]}, ["unknown cohort 'scenario9'", "Did you mean 'scenario8'"]),
    "n_splits 1": ({"n_splits": 1}, ["config key n_splits", "1 is not at least 2", "consistency compares splits"]),
    "n_splits text": ({"n_splits": "thirty"}, ["config key n_splits", "'thirty' is text", "a whole number"]),
    "n_splits 3.0": ({"n_splits": 3.0}, ["config key n_splits", "3.0 is a number", "a whole number"]),
    "n_splits empty": ({"n_splits": None}, ["config key n_splits", "it is empty", "remove the key"]),
    "n_splits true": ({"n_splits": True}, ["config key n_splits", "True is true or false"]),
    "n_splits huge": ({"n_splits": 10**9}, ["config key n_splits", "at most 10000"]),
    "train_fraction 1": ({"train_fraction": 1}, ["config key train_fraction", "1 is not less than 1"]),
    "train_fraction 0": ({"train_fraction": 0}, ["config key train_fraction", "0 is not greater than 0"]),
    "train_fraction nan": ({"train_fraction": float("nan")}, ["config key train_fraction", "a number is needed"]),
    "train_fraction tiny": (
        {"train_fraction": 0.0001},
        ["cohort scenario8", "0 would be for training", "train_fraction"],
    ),
    "splits_per_job 0": ({"splits_per_job": 0}, ["config key splits_per_job", "not at least 1"]),
    "loss misspelt": ({"losses": ["frobenious"]}, ["config key losses.0", "Did you mean 'frobenius'"]),
    "loss twice": ({"losses": ["frobenius"] * 2}, ["config key losses", "'frobenius' is in the list twice"]),
    "losses empty": ({"losses": []}, ["config key losses", "it is empty"]),
    "method unknown": (
        {"compare": ["nmff"]},
        ["config key compare", "unknown method entry 'nmff'", "Did you mean 'nmf'"],
    ),
    "method twice": ({"compare": ["nmf", "nmf"]}, ["config key compare", "'nmf' is in the list twice"]),
    "method number": ({"compare": [1]}, ["config key compare.0", "text is needed", "in quotes"]),
    "method name with a slash": ({"methods": {"a/b": {"model": "nmf"}}}, ["config key methods", "'a/b'", "lower-case"]),
    "method name number": (
        {"methods": {1: {"model": "nmf"}}},
        ["config key methods", "the key 1 is not text", "quotes"],
    ),
    "method empty": ({"methods": {"x": None}}, ["config key methods.x", "it is empty"]),
    "model missing": ({"methods": {"x": {"solver": "mu"}}}, ["config key methods.x", "'model' is missing", "Add it"]),
    "model unknown": (method(model="nfm"), ["methods.nmf.model", "unknown model 'nfm'", "Did you mean 'nmf'"]),
    "model no module": (method(model="no_such:Thing"), ["methods.nmf.model", "cannot be imported", "plugin_path"]),
    "model no class": (method(model=":"), ["methods.nmf.model", "cannot be imported", "module:Class"]),
    "model no method": (method(model="collections:Counter"), ["methods.nmf.model", "is not a Method", "Derive"]),
    "solver unknown": (method(solver="hal"), ["config key methods.nmf.solver", "'hal'", "Did you mean 'hals'"]),
    "solver list": (method(solver=["mu"]), ["config key methods.nmf.solver", "unknown solver ['mu']", "Allowed"]),
    "solver empty": (method(solver=None), ["config key methods.nmf", "no solver is named", "Add solver"]),
    "solver of no loss": (
        {"losses": ["kullback-leibler"]} | method(solver="hals"),
        ["config key compare", "'nmf' cannot be fitted", "Choose another solver"],
    ),
    "solver's loss misspelt": (method(solver={"frobenious": "mu"}), ["methods.nmf.solver", "Did you mean 'frobenius'"]),
    "option unknown": (method(tols=1), ["config key methods.nmf", "unknown option 'tols'", "Did you mean 'tol'"]),
    "option text": (method(tol="tiny"), ["config key methods.nmf", "tol must be a number, not 'tiny'"]),
    "option negative": (method(tol=-1), ["config key methods.nmf", "tol must be", "at least 0", "-1"]),
    "restarts without end": (
        method(restarts=10**11),
        ["methods.nmf", "restarts must be at most 10000", "100000000000"],
    ),
    "starts without end": (method(restarts="search", most_starts=10**6), ["most_starts must be at most 10000"]),
    "option fraction": (method(max_iter=1.5), ["config key methods.nmf", "max_iter must be a whole number", "1.5"]),
    "option of one loss no mapping": (method(frobenius=3), ["methods.nmf.frobenius", "3 is not a mapping", "Write"]),
    "option choice": (
        {"methods": {"aenmf": {"solver": "adam", "dtype": "float16"}}},
        ["config key methods.aenmf", "dtype must be one of", "float32", "'float16'"],
    ),
    "reference unknown": ({"references": ["cosmik"]}, ["config key references", "Did you mean 'cosmic'"]),
    "data_dir absent": ({"data_dir": "/no/such/place"}, ["config key data_dir", "no directory", "AENMF_DATA_DIR"]),
    "empty_samples": (
        {"empty_samples": "ignore"},
        ["config key empty_samples", "'ignore' is not allowed", "drop, error"],
    ),
    "rank selection of another cohort": (
        {"rank_selection": {"cohorts": ["ovary"]}},
        ["config key rank_selection.cohorts", "'ovary' is not among this run's cohorts"],
    ),
    "rank selection upside down": (
        {"rank_selection": {"cohorts": ["scenario8"], "lowest": 9, "highest": 3}},
        ["config key rank_selection", "highest (3) is below lowest (9)"],
    ),
    "rank selection beyond the channels": (
        {"rank_selection": {"highest": 97}},
        ["rank_selection.highest", "at most 96"],
    ),
    "rank selection option": (
        {"rank_selection": {"cohorts": ["scenario8"], "options": {"maxiter": 3}}},
        ["config key rank_selection.options", "unknown option 'maxiter'", "max_iter"],
    ),
    "rank selection model": (
        {"rank_selection": {"cohorts": ["scenario8"], "options": {"model": "nmf"}}},
        ["config key rank_selection.options", "'model' cannot be changed"],
    ),
    "simulated: unknown signature": (
        simulated(signatures=["SBS1", "SBS40"]),
        ["config key simulated_cohorts.sim.signatures", "no signature 'SBS40'", "Did you mean 'SBS40"],
    ),
    "simulated: signature twice": (
        simulated(signatures=["SBS1", "SBS1"]),
        ["signatures", "'SBS1' is in the list twice"],
    ),
    "simulated: no signatures": (simulated(signatures=[]), ["sim.signatures", "it is empty", "COSMIC v3.4 names"]),
    "simulated: no patients": (simulated(patients=None), ["simulated_cohorts.sim", "key 'patients' is missing"]),
    "simulated: unknown key": (simulated(sparsity=0.5), ["unknown key 'sparsity'", "presence"]),
    "simulated: presence": (simulated(presence=0), ["sim.presence", "0 is not greater than 0", "at least one"]),
    "simulated: sigma": (simulated(sigma=-1), ["sim.sigma", "-1 is not at least 0"]),
    "simulated: noise": (simulated(noise="poison"), ["sim.noise", "'poison' is not allowed", "Did you mean 'poisson'"]),
    "simulated: depth": (simulated(depth=0.1), ["sim.depth", "goes with base only"]),
    "simulated: dispersion": (simulated(dispersion=0), ["sim.dispersion", "0 is not greater than 0", "variance"]),
    "drawn: unknown base": (drawn(base="scenario9"), ["sim.base", "'scenario9'", "Did you mean 'scenario8'"]),
    "drawn: patients as base": (drawn(base="ovary"), ["sim.base", "'ovary' is no simulated cohort of its own"]),
    "drawn: signatures": (drawn(signatures=["SBS1"]), ["sim.signatures", "is not allowed. It does not go with base"]),
    "drawn: no noise": (drawn(noise=None), ["simulated_cohorts.sim", "key 'noise' is missing"]),
    "drawn: no mutations": (drawn(depth=1e-5), ["cohort sim", "have no mutation", "Raise depth"]),
    "simulated: burden": (simulated(burden=0.01), ["simulated_cohorts.sim", "have no mutation", "Raise burden"]),
    "simulated: rank": (simulated(rank=17), ["simulated_cohorts.sim", "16 would be for training", "rank"]),
    "simulated: name taken": (
        {"simulated_cohorts": {"ovary": simulated()["simulated_cohorts"]["sim"]}},
        ["config key simulated_cohorts.ovary", "already a cohort 'ovary'"],
    ),
    "simulated: name": (
        {"simulated_cohorts": {"My sim": simulated()["simulated_cohorts"]["sim"]}},
        ["config key simulated_cohorts", "'My sim' is not allowed", "lower-case letters"],
    ),
    "study without methods": (
        {"variants": {"cohorts": ["scenario8"]}},
        ["config key variants.methods", "no method entry is named", "scenario8"],
    ),
    "exponents absent": (
        {"scaling": {"exponents": "no.csv"}},
        ["config key scaling.exponents", "no file 'no.csv'", "write null"],
    ),
    "own cohort without rank": (own(rank=None), ["config key own_cohorts.mine", "'rank' is missing", "signatures K"]),
    "own cohort key": (own(rnak=3), ["config key own_cohorts.mine", "unknown key 'rnak'", "Did you mean 'rank'"]),
    "own cohort name": ({"own_cohorts": {"../x": {"rank": 3}}}, ["own_cohorts", "'../x'", "lower-case letters"]),
    "own cohort name taken": (
        {"own_cohorts": {"ovary": {"file": "own.tsv", "rank": 3}}},
        ["own_cohorts.ovary", "already a cohort 'ovary'", "Choose another name"],
    ),
    "own cohort that is a number": (
        {"own_cohorts": {"2024": {"file": "own.tsv", "rank": 3}}},
        ["own_cohorts", "'2024'", "no number"],
    ),
    "own cohort called null": ({"own_cohorts": {"null": {"file": "own.tsv", "rank": 3}}}, ["own_cohorts", "'null'"]),
    "own cohort not listed": (
        own() | {"cohorts": ["scenario8"]},
        ["config key own_cohorts.mine", "'mine' is defined and would not be analysed", "Add it to cohorts: [mine]"],
    ),
    "own cohort listed in a study only": (
        own() | {"cohorts": ["scenario8"], "rank_selection": {"cohorts": ["mine"]}},
        ["config key own_cohorts.mine", "Add it to cohorts: [mine]"],
    ),
    "simulated cohort not listed": (
        simulated() | {"cohorts": ["scenario8"]},
        ["config key simulated_cohorts.sim", "'sim' is defined", "Add it to cohorts: [sim]"],
    ),
    "own cohort in the default run": (
        own() | {"run": "default"},
        ["config key run", "results/default", "Add a name, such as run: mine"],
    ),
    "own cohort is text": ({"own_cohorts": {"mine": "own.tsv"}}, ["own_cohorts.mine", "is text", "a mapping"]),
    "own file with braces": (own(file="a{b}.tsv"), ["own_cohorts.mine", "holds braces", "Rename it"]),
    "own file absent": (own(file="owm.tsv"), ["own_cohorts.mine.file", "no file 'owm.tsv'", "Correct the path"]),
    "own file missing": (own(file=None), ["own_cohorts.mine", "'file' is missing", "Fill it in"]),
    "own file is a directory": (own(file="."), ["own_cohorts.mine.file", "is a directory", "vcf_folder"]),
    "own file and VCF": (
        own(vcf_folder="vcf", genome="GRCh37"),
        ["own_cohorts.mine.file", "does not apply to the kind"],
    ),
    "genome of a catalogue": (
        own(genome="GRCh37"),
        ["own_cohorts.mine", "genome is for VCF and MAF files, and 'own.tsv' is neither", "Remove genome"],
    ),
    "rank above the channels": (own(rank=97), ["own_cohorts.mine.rank", "97 is not at most 96"]),
    "rank above the training patients": (own(rank=10), ["own.tsv", "9 would be for training", "at most 9"]),
    "rank as text": (own(rank="3"), ["own_cohorts.mine.rank", "'3' is text"]),
    "ranks upside down": (own(ranks=[5, 2]), ["own_cohorts.mine.ranks", "highest (2) is below lowest (5)"]),
    "ranks above the patients": (
        own(ranks=[2, 40]),
        ["own_cohorts.mine.ranks", "above the number of patients of mine, 12"],
    ),
    "ranks one number": (own(ranks=[5]), ["own_cohorts.mine.ranks", "at least 2 items", "[2, 8]"]),
    "organ leaves the folder": (own(organ="../x"), ["own_cohorts.mine.organ", "letters and _ only"]),
    "sha256 short": (own(sha256="abc"), ["own_cohorts.mine.sha256", "64 hexadecimal digits"]),
    "sha256 other": (own(sha256="0" * 64), ["own.tsv", "is expected", "Correct sha256"]),
    "truth absent": (own(truth="t.tsv"), ["own_cohorts.mine.truth", "no file 't.tsv'", "Correct the path"]),
    "truth of counts": (own(truth="own.tsv"), ["own.tsv", "not 1", "divide each column"]),
    "VCF folder absent": (
        own(file=None, vcf_folder="vcf", genome="GRCh37"),
        ["own_cohorts.mine.vcf_folder", "no directory 'vcf'"],
    ),
    "VCF folder empty": (
        own(file=None, vcf_folder="empty", genome="GRCh37"),
        ["own_cohorts.mine.vcf_folder", "no .vcf or .maf file", "one .vcf file per patient"],
    ),
    "VCF folder without genome": (own(file=None, vcf_folder="empty"), ["own_cohorts.mine", "'genome' is missing"]),
    "VCF genome misspelt": (
        own(file=None, vcf_folder="empty", genome="GRCh37x"),
        ["own_cohorts.mine.genome", "Did you mean 'GRCh37'"],
    ),
}

proportions = catalogue()
for place in proportions[1:]:
    place[1:] = [repr(1 / 96)] * N
empty_patient = COUNTS.copy()
empty_patient[:, 4] = 0
percentages = np.round(100 * COUNTS / COUNTS.sum(axis=0), 2)
fractions = np.random.default_rng(6).random((96, 1)) / 96
total = np.column_stack([COUNTS[:, :5], COUNTS.sum(axis=1), COUNTS[:, 5:]])

# name: the content of own.tsv, and what the message must say
FILES: dict[str, tuple[bytes, list[str]]] = {
    "empty": (b"", ["the file is empty", "96 channels"]),
    "binary": (bytes(range(256)), ["not", "text", "UTF-8"]),
    "Excel": (b"PK\x03\x04....", ["Excel", "CSV or TSV"]),
    "header only": (text(catalogue()[:1]), ["no data rows"]),
    "duplicate channel": (cell(2, 0, CHANNELS[0]), ["row 3", "duplicate channel 'A[C>A]A'", "add them up"]),
    "unknown channel": (cell(2, 0, "A[C>A]N"), ["row 3", "unknown channel"]),
    "missing channels": (text(catalogue()[:90]), ["7 of 96 channels are missing", "row of zeros"]),
    "duplicate sample": (cell(0, 2, "P0"), ["header", "duplicate sample 'P0'", "own name"]),
    "negative": (cell(5, 3, "-2"), ["row 6", "'P2' (column 4)", "negative value -2"]),
    "word": (cell(5, 3, "many"), ["row 6", "'P2' (column 4)", "'many' is not a number", "plain numbers"]),
    "NaN": (cell(5, 3, "NaN"), ["row 6", "'NaN' is not a finite number"]),
    "NA": (cell(5, 3, "NA"), ["row 6", "'NA' is not a number"]),
    "empty cell": (cell(5, 3, ""), ["row 6", "the cell is empty"]),
    "infinite": (cell(5, 3, "inf"), ["row 6", "not a finite number"]),
    "decimal comma": (cell(5, 3, "1,5"), ["row 6", "'1,5' is not a number", "decimal point"]),
    "proportions": (text(proportions), ["proportions, not counts", "numbers of mutations"]),
    "percentages": (text(catalogue(percentages)), ["sum to about 100: these are proportions, not counts"]),
    "per thousand": (text(catalogue(10 * percentages)), ["sum to about 1,000: these are proportions"]),
    "a column of fractions": (
        text(catalogue(np.column_stack([COUNTS, fractions]))),
        ["header", "1 column of fractions next to counts, and no patients: P12", "Remove"],
    ),
    "a signature next to counts": (
        text(catalogue(np.column_stack([COUNTS[:, :1] / COUNTS[:, 0].sum(), COUNTS, fractions]))),
        ["2 columns of fractions next to counts, and no patients: P0, P13"],
    ),
    "no mutation at all": (text(catalogue(0 * COUNTS)), ["no sample has any mutation. Check that this is the right"]),
    "total": (
        text(catalogue(total)),
        ["header", "the column 'P5' is the sum of the other 12 columns, and no patient", "Remove the column"],
    ),
    "total of three": (
        text(catalogue(np.column_stack([COUNTS[:, :3], COUNTS[:, :3].sum(axis=1)]))),
        ["'P3' is the sum of the other 3 columns"],
    ),
    "column of text": (
        text([[*row, word] for row, word in zip(catalogue(), ["gene", *["TP53"] * 96], strict=True)]),
        ["column 14 'gene' holds text in every row", "Remove it", "one sample"],
    ),
    "empty patient": (
        text(catalogue(empty_patient)),
        ["1 without any mutation: P4", "empty_samples: drop", "--drop-empty"],
    ),
    "too few patients": (
        text(catalogue(COUNTS[:, :2])),
        ["1 would be for training", "rank 3", "at least 4 samples: add samples"],
    ),
    "one patient": (
        text(catalogue(COUNTS[:, :1])),
        ["0 would be for training", "Rank 3 with train_fraction 0.8 needs at least 4 samples: add samples."],
    ),
    "ragged": (text(catalogue()).rsplit(b"\t", 1)[0] + b"\n", ["row 97", "12 fields, not 13"]),
    "transposed": (
        text([["Sample", *CHANNELS], *([f"P{i}", *map(str, COUNTS[:, i])] for i in range(N))]),
        ["channels are in the header", "Transpose"],
    ),
}


YAML = {
    "tab": ("run: mine\n\tn_splits: 3\n", ["line 2", "not valid YAML", "indent with spaces"]),
    "open bracket": ("cohorts: [scenario8\nrun: x\n", ["line 2", "not valid YAML", "close every bracket"]),
    "key twice": ("n_splits: 3\nn_splits: 4\n", ["line 2", "'n_splits' is given twice"]),
    "python object": (
        "run: !!python/object/apply:os.system [ls]\n",
        ["line 1", "the tag !!python/object/apply:os.system is not taken"],
    ),
    "list": ("- a\n", ["the file holds a list and no keys", "run: mine"]),
    "text": ("mine\n", ["the file holds text and no keys"]),
    "nothing": ("# run: mine\n", ["the file is empty"]),
    "latin-1": (b"run: \xe4\n", ["not UTF-8 text"]),
}
