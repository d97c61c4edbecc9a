"""VCF and MAF files of a user: every patient and every column is found, whatever the files are called; what is no such file is
refused by name. The generator is replaced by a stand-in that reads names and columns as it does."""

from __future__ import annotations

import gzip
import logging
import sys
from pathlib import Path

import pytest

from aenmf.data.datasets import Registry
from aenmf.data.mutationfiles import check_mutation_files
from aenmf.data.owncohorts import input_files, own_catalogue
from aenmf.errors import UserError
from aenmf.run.preflight import check, load_config
from support.command import aenmf
from support.generator import GENERATOR, loaded


def vcf(mutations: int) -> str:
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    return head + "".join(f"1\t{100 + i}\t.\tC\tT\t.\tPASS\t.\n" for i in range(mutations))


def put(folder: Path, files: dict[str, str | bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def data_of(root: Path, path: Path, key: str = "vcf_folder", **more):
    extra = {"mine": {key: str(path), "genome": "GRCh37", "rank": 1} | more}
    return Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv", extra).cohorts["mine"].data


def counts(root: Path, path: Path, key: str = "vcf_folder") -> dict[str, int]:
    """The patients that are found, with the number of their mutations, in order."""
    _, catalogue = own_catalogue(data_of(root, path, key), "error")
    assert (catalogue.matrix == catalogue.matrix[0]).all()
    return dict(zip(catalogue.samples, map(int, catalogue.matrix[0]), strict=True))


@pytest.mark.parametrize(
    "names",
    [
        ["a.vcf", "b.vcf"],
        ["P08.S1.pass.vcf", "P08.S2.pass.vcf", "P08.S3.pass.vcf", "P09.S1.pass.vcf", "P10.vcf"],
        ["A.VCF", "b.Vcf", "c.vcf"],
        ["name with space.vcf", "name with  two.vcf"],
        ["ä, β; 'c'.vcf", "=cmd().vcf", "x" * 200 + ".vcf", "vcf.vcf", "a.vcf.vcf"],
        ["a.vcf", "a-b.vcf", "a b.vcf", "B.vcf", "10.vcf", "9.vcf"],
    ],
    ids=["plain", "dots", "capitals", "spaces", "odd", "order"],
)
def test_every_vcf_file_is_a_patient_of_its_name(root, tmp_path, generator, names):
    folder = put(tmp_path / "vcfs", {name: vcf(3 + number) for number, name in enumerate(names)})
    before = {path: path.read_bytes() for path in folder.iterdir()}
    expected = {name[:-4]: 3 + number for number, name in enumerate(names)}
    found = counts(root, folder)
    assert found == expected and list(found) == sorted(expected)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert set(input_files(data_of(root, folder))) == set(map(str, before))


def test_packed_files_are_unpacked_next_to_others(root, tmp_path, generator, caplog):
    caplog.set_level(logging.INFO, logger="aenmf")
    two_parts = gzip.compress(vcf(2).encode()) + gzip.compress(b"1\t7\t.\tC\tT\n")  # as bgzip writes them
    folder = put(
        tmp_path / "vcfs", {"P1.vcf": vcf(3), "P2.vcf.gz": gzip.compress(vcf(4).encode()), "P3.x.VCF.GZ": two_parts}
    )
    put(folder, {"P2.vcf.gz.tbi": b"\0", ".hidden.vcf": "x"})
    assert counts(root, folder) == {"P1": 3, "P2": 4, "P3.x": 3}
    assert "unpacked for counting: P2.vcf.gz, P3.x.VCF.GZ" in caplog.text and "3 files with 3 patients" in caplog.text


MAF_COLUMNS = (
    *(
        "Hugo_Symbol",
        "Entrez_Gene_Id",
        "Center",
        "NCBI_Build",
        "Chromosome",
        "Start_Position",
        "End_Position",
        "Strand",
    ),
    *(
        "Variant_Classification",
        "Variant_Type",
        "Reference_Allele",
        "Tumor_Seq_Allele1",
        "Tumor_Seq_Allele2",
        "dbSNP_RS",
    ),
    *("dbSNP_Val_Status", "Tumor_Sample_Barcode", "Matched_Norm_Sample_Barcode"),
)
MUTATIONS = {"T.1 b": 3, "T.1 a": 2, "TCGA-1": 5}


def maf(columns=MAF_COLUMNS, mutations=MUTATIONS, first: int = 0, **cells: str) -> str:
    rows = ["#version 2.4", "\t".join(columns)]
    for patient, n in mutations.items():
        for i in range(first, first + n):
            value = {"Chromosome": "1", "Reference_Allele": "C", "Tumor_Seq_Allele1": "C", "Tumor_Seq_Allele2": "T"}
            value |= {
                "Start_Position": f"{i}0",
                "End_Position": f"{i}0",
                "Tumor_Sample_Barcode": patient,
                "Hugo_Symbol": "",
            }
            value = {name.lower(): text for name, text in (value | cells).items()}
            rows.append("\t".join(value.get(name.lower(), f"{name}{i}") for name in columns))
    return "\n".join(rows) + "\n"


SHUFFLED = (*MAF_COLUMNS[3::-1], *MAF_COLUMNS[9:], *MAF_COLUMNS[4:9])
SHORT = (
    "Tumor_Sample_Barcode",
    "Chromosome",
    "Start_position",
    "End_position",
    "Reference_Allele",
    "Tumor_Seq_Allele2",
)


@pytest.mark.parametrize("columns", [MAF_COLUMNS, SHUFFLED, SHORT, (*MAF_COLUMNS, "More", "And_More")])
@pytest.mark.parametrize("place", ["folder", "file", "packed file"])
def test_columns_of_a_maf_file_are_found_by_name(root, tmp_path, generator, columns, place):
    folder = put(tmp_path / "mafs", {"c.maf": maf(columns)})
    if place == "folder":
        put(folder, {"d.maf": maf(SHUFFLED, {"other": 4, "TCGA-1": 1}, first=5)})
        assert counts(root, folder) == {"T.1 a": 2, "T.1 b": 3, "TCGA-1": 6, "other": 4}
        return
    path = folder / "c.maf"
    if place == "packed file":
        path = put(folder, {"e.maf.gz": gzip.compress(path.read_bytes())}) / "e.maf.gz"
    found = counts(root, path, "file")
    assert found == MUTATIONS and list(found) == sorted(MUTATIONS)


def test_a_row_that_repeats_another_in_all_columns_alone_is_a_copy(root, tmp_path, generator):
    first, header, *rows = maf(SHUFFLED).splitlines()
    other = rows[-1].replace("Center4", "Center5")
    path = put(tmp_path / "mafs", {"c.maf": "\n".join([first, header, *rows, rows[-1], other]) + "\n"}) / "c.maf"
    assert counts(root, path, "file")["TCGA-1"] == 6


REFUSED: dict[str, tuple[dict[str, str | bytes], list[str]]] = {
    "text among VCF files": (
        {"P1.vcf": vcf(3), "P4.vcf": "not a vcf\n"},
        ["P4.vcf, line 1", "'not a vcf' is not a line of a VCF file", "take the file out of the folder"],
    ),
    "two files of one patient": (
        {"P1.vcf": vcf(3), "P1.vcf.gz": gzip.compress(vcf(3).encode())},
        ["P1.vcf and P1.vcf.gz are files of one patient, P1", "Remove or rename one"],
    ),
    "two cases": ({"P1.VCF": vcf(3), "P1.vcf": vcf(3)}, ["are files of one patient, P1"]),
    "other packing": ({"P1.vcf": vcf(3), "P2.vcf.bz2": b"BZ"}, ["cannot be unpacked here: P2.vcf.bz2", "gzip"]),
    "broken gzip": ({"P1.vcf.gz": gzip.compress(vcf(900).encode())[:-30]}, ["P1.vcf.gz", "cannot be read"]),
    "no gzip": ({"P1.vcf.gz": vcf(3)}, ["P1.vcf.gz", "cannot be read", "Check the file"]),
    "both kinds": ({"P1.vcf": vcf(3), "c.maf": maf()}, ["holds .vcf and .maf files", "one kind"]),
    "VCF file of another name": (
        {"P1.vcf": vcf(3), "P2.txt": vcf(3)},
        ["P2.txt is a VCF file by its content, and not by its name", "Rename it to end in .vcf or .vcf.gz"],
    ),
    "packed VCF file of another name": (
        {"P1.vcf.bgz": gzip.compress(vcf(3).encode())},
        ["P1.vcf.bgz is a VCF file", "Rename it to end in .vcf or .vcf.gz"],
    ),
    "MAF file of another name": (
        {"data_mutations.txt": maf()},
        ["data_mutations.txt is a MAF file by its content", "Rename it to end in .maf or .maf.gz"],
    ),
    "one mutation in two MAF files": (
        {"a.maf": maf(mutations={"A": 3, "B": 2}), "b.maf": maf(SHORT, {"B": 1, "C": 2}, Chromosome="chr1")},
        ["a.maf and b.maf hold the same mutation of the patient B (chr1:00)", "Take one of the files out"],
    ),
    "the same MAF file twice": ({"a.maf": maf(), "copy.maf.gz": gzip.compress(maf().encode())}, ["the same mutation"]),
    "name of spaces": ({" .vcf": vcf(3)}, ["the sample name is empty", "Rename the file of a patient"]),
    "name with a tab": ({"a\tb.vcf": vcf(3)}, ["'a\\tb' has unprintable characters", "Rename the file"]),
    "two names that differ by spaces": ({"P1.vcf": vcf(3), "P1 .vcf": vcf(2)}, ["are files of one patient, P1"]),
    "no mutations": ({"a.vcf": vcf(0), "b.vcf": vcf(0)}, ["hold no single-base substitution. Check that"]),
    "indels alone": (
        {"a.maf": maf(Tumor_Seq_Allele2="-")},
        ["hold no single-base substitution in their 10 lines, but indels"],
    ),
    "new base in another column": (
        {"a.maf": maf(Tumor_Seq_Allele1="T", Tumor_Seq_Allele2="C")},
        ["in 10 lines the new base is the reference base", "Write the new base into Tumor_Seq_Allele2"],
    ),
    "MAF of another genome": (
        {"a.maf": maf(NCBI_Build="GRCh38.p13")},
        ["a.maf, line 3: NCBI_Build is GRCh38.p13, and genome is GRCh37", "Correct genome, or NCBI_Build"],
    ),
    "none": ({"P1.txt": "x"}, ["no .vcf or .maf file", "one .vcf file per patient"]),
    "MAF without a column": (
        {"c.maf": maf([name for name in MAF_COLUMNS if name != "Tumor_Sample_Barcode"])},
        ["c.maf, header", "the column Tumor_Sample_Barcode is missing", "separated by tabs", "Start_Position"],
    ),
    "MAF with two columns of patients": (
        {"c.maf": maf([*MAF_COLUMNS, "tumor_sample_barcode "])},
        ["c.maf, header", "the column Tumor_Sample_Barcode is there twice", "remove or rename the other"],
    ),
    "MAF of commas": ({"c.maf": maf().replace("\t", ",")}, ["c.maf, header", "Chromosome is missing", "tabs"]),
    "empty MAF": ({"c.maf": ""}, ["c.maf, header", "Chromosome is missing"]),
    "MAF without a position": (
        {"c.maf": maf().replace("\t00\t", "\tx\t", 1)},
        ["c.maf, line 3", "'x' is no Start_Position"],
    ),
    "MAF row cut": ({"c.maf": maf().replace("\tT\tdbSNP", "\n", 1)}, ["c.maf, line 3", "'' is no Tumor_Seq_Allele2"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_files_that_cannot_be_counted_are_refused_by_name(root, tmp_path, generator, name):
    files, expected = REFUSED[name]
    with pytest.raises(UserError) as caught:
        own_catalogue(data_of(root, put(tmp_path / "files", files)), "drop")
    assert all(part in str(caught.value) for part in expected), str(caught.value)
    assert caught.value.remedy and "/tmp/aenmf" not in str(caught.value)


@pytest.mark.parametrize("build", ["37", "hg19", "GRCh37-lite", "GRCh37.p13", "something else", ""])
def test_names_of_the_genome_and_unknown_ones_are_taken(root, tmp_path, generator, build):
    assert counts(root, put(tmp_path / "mafs", {"c.maf": maf(NCBI_Build=build)})) == MUTATIONS


def test_patients_of_two_maf_files_are_added_up_where_their_mutations_differ(root, tmp_path, generator):
    """Another patient may have the same mutation, and the patient another base at the same place."""
    other = maf(mutations={"A": 2}, Tumor_Seq_Allele2="G") + maf(mutations={"B": 3}).split("\n", 2)[2]
    folder = put(tmp_path / "mafs", {"a.maf": maf(mutations={"A": 3}), "b.maf": other})
    assert counts(root, folder) == {"A": 5, "B": 3}


def test_lines_without_a_change_are_left_out_and_counted(root, tmp_path, generator, caplog):
    text = maf(mutations={"A": 3}) + maf(mutations={"A": 2}, first=3, Tumor_Seq_Allele2="C").split("\n", 2)[2]
    assert counts(root, put(tmp_path / "mafs", {"a.maf": text})) == {"A": 3}
    assert "in 2 lines the new base is the reference base" in caplog.text


@pytest.mark.parametrize(("file", "bad"), [("P1.vcf", "1\tx\t.\tC\tT\n"), ("c.maf", "x\ty\n")])
def test_a_bad_line_far_below_is_found_when_files_are_counted(root, tmp_path, generator, file, bad):
    good = vcf(50) if file == "P1.vcf" else maf()
    folder = put(tmp_path / "files", {file: good + bad})
    check_mutation_files(data_of(root, folder))  # it reads the beginnings
    with pytest.raises(UserError, match=rf"{file}, line {len(good.splitlines()) + 1}"):
        own_catalogue(data_of(root, folder), "drop")


def test_patients_without_mutations_are_named(root, tmp_path, generator, caplog):
    caplog.set_level(logging.INFO)
    folder = put(tmp_path / "vcfs", {"a.1.vcf": vcf(3), "b.1.vcf": vcf(0), "b.2.vcf": vcf(2)})
    with pytest.raises(UserError, match="1 without any mutation: b.1") as caught:
        own_catalogue(data_of(root, folder), "error")
    assert caught.value.where == f"{folder}, samples"
    found, catalogue = own_catalogue(data_of(root, folder), "drop")
    assert catalogue.samples == ("a.1", "b.2") and catalogue.dropped == ("b.1",)
    assert f"{folder}: left out 1 samples without any mutation: b.1" in caplog.text and "aenmf-vcf" not in caplog.text
    assert found.source == "vcf" and len(found.sha256) == 64


def test_a_generator_that_fails_or_loses_patients_is_not_believed(root, tmp_path, generator):
    script = generator.parents[3] / "scripts/SigProfilerMatrixGeneratorFunc.py"
    script.write_text(GENERATOR.replace("if sum(counts", "if 0 and sum(counts"))
    data = data_of(root, put(tmp_path / "vcfs", {"a.vcf": vcf(1), "b.vcf": vcf(2)}))
    with pytest.raises(UserError, match="cannot count the files .it wrote no SBS96 matrix"):
        own_catalogue(data, "error")
    for name in loaded():
        del sys.modules[name]
    script.write_text(GENERATOR.replace('path.name.split(".")[0]', '"P000000"'))
    data = data_of(root, put(tmp_path / "vcfs", {"a.vcf": vcf(1), "b.vcf": vcf(2)}))
    for name in loaded():
        del sys.modules[name]
    with pytest.raises(UserError, match="counted 1 patients, but the files have 2"):
        own_catalogue(data, "error")


def test_without_the_generator_or_the_genome(root, tmp_path, generator, monkeypatch):
    data = data_of(root, put(tmp_path / "vcfs", {"a.vcf": vcf(3)}))
    (generator / "1.txt").unlink()
    with pytest.raises(UserError, match=r"genome GRCh37 is not installed.*install.install"):
        check_mutation_files(data)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match="not installed. pip install SigProfilerMatrixGenerator"):
        check_mutation_files(data)


@pytest.mark.parametrize("more", [{}, {"sha256": "0" * 64}])
def test_a_single_file_goes_under_file_with_its_genome(root, tmp_path, generator, more):
    path = put(tmp_path / "mafs", {"c.maf": maf()}) / "c.maf"
    with pytest.raises(UserError, match="'genome' is missing"):
        Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv", {"m": {"file": "c.maf", "rank": 1}})
    data = data_of(root, path, "file", **more)
    assert data.kind == "vcf" and input_files(data) == [str(path)]
    if more:
        with pytest.raises(UserError, match="is expected"):
            own_catalogue(data, "error")


def test_the_scaffold_takes_a_single_file_and_the_check_counts_vcf_files(tmp_path, generator, capsys):
    put(tmp_path, {"some.maf": maf(), "one.vcf": vcf(4)})
    assert aenmf("scaffold", "some.maf", "--rank", "1", "--genome", "GRCh37") == 0
    assert "some.maf: 1 file, counted when the workflow runs" in capsys.readouterr().out
    config = load_config(["config/some.yaml"])
    assert config["own_cohorts"] == {"some": {"file": "some.maf", "genome": "GRCh37", "rank": 1}}
    check(config)
    assert aenmf("scaffold", "one.vcf", "--rank", "1", "--genome", "GRCh37") == 1
    assert "of 1 sample, 0 would be for training" in capsys.readouterr().err


def test_a_line_whose_first_column_begins_with_a_mark_of_comments_is_counted(root, tmp_path, generator):
    header = ["Start_Position", "Class", "Chromosome", "End_Position", "Reference_Allele", "Tumor_Seq_Allele2"]
    rows = [
        [*header, "Tumor_Sample_Barcode"],
        ["5", "#1", "1", "5", "C", "T", "A"],
        ["6", ".", "1", "6", "C", "T", "A"],
    ]
    put(tmp_path / "mafs", {"all.maf": "".join("\t".join(row) + "\n" for row in rows)})
    assert counts(root, tmp_path / "mafs") == {"A": 2}


def test_a_single_file_that_is_absent_is_named(root, tmp_path, generator):
    with pytest.raises(UserError, match="there is no file .*absent.vcf.*Correct the path"):
        check_mutation_files(data_of(root, tmp_path / "absent.vcf", "file"))


@pytest.mark.parametrize("samples", [0, 1, 2, 3, 200])
def test_a_vcf_file_of_several_patients_is_refused(root, tmp_path, generator, samples):
    names = "".join(f"\tS{i}" for i in range(samples))
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
    text = f"{head}{names}\n1\t100\t.\tC\tT\t.\tPASS\t.\tGT{samples * chr(9)}0/1\n"
    data = data_of(root, put(tmp_path / "in", {"a.vcf": text}))
    if samples <= 2:  # the tumour and the normal tissue
        assert check_mutation_files(data) == 1
        return
    with pytest.raises(
        UserError, match=f"a.vcf: the file has {samples} samples, and a file is one patient. Write a file"
    ):
        check_mutation_files(data)


def test_lines_that_failed_a_filter_are_counted_and_named(root, tmp_path, generator, caplog):
    marked = vcf(6).replace("PASS", "LowQual", 3).replace("LowQual", "strand_bias;LowQual", 1).replace("PASS", ".", 1)
    folder = put(tmp_path / "vcfs", {"a.vcf": marked, "b.vcf": vcf(2) + "1\t7\t.\tC\tT\n"})
    assert counts(root, folder) == {"a": 6, "b": 3}
    said = "3 lines whose FILTER is not PASS (LowQual: 2, strand_bias;LowQual: 1) are counted like the others"
    assert said in caplog.text and [record.levelname for record in caplog.records] == ["WARNING"]
    caplog.clear()
    assert counts(root, put(tmp_path / "others", {"a.vcf": vcf(2)})) == {"a": 2} and not caplog.records


def test_a_patient_of_another_genome_is_named_among_others_and_lines_left_out_are_counted(
    root, tmp_path, generator, caplog
):
    """Of a.vcf all agree; of b.vcf the generator skips the lines at odd places, which are most."""
    text = GENERATOR.replace("line != before", "line != before and not (int(start) > 1000 and int(start) % 2)")
    text = text.replace("for channel in CHANNELS]", "for channel in CHANNELS[:1]]")
    zeros = "    rows += [c + chr(9) + chr(9).join('0' * len(counts)) for c in CHANNELS[1:]]\n    if sum(counts"
    text = text.replace("    if sum(counts", zeros)
    next(tmp_path.glob("site/*/scripts/*Func.py")).write_text(text)
    caplog.set_level("INFO")
    whole = "".join(f"1\t{place}\t.\tC\tT\n" for place in range(1, 61))
    other = "".join(f"1\t{place}\t.\tC\tT\n" for place in range(1001, 1061) if place % 3)
    extra = "1\t70\t.\tC\tA,T\n1\t71\t.\tCA\tC\n"
    data = data_of(root, put(tmp_path / "in", {"a.vcf": whole + extra, "b.vcf": other}))
    assert own_catalogue(data, "error")[1].matrix.sum() == 80
    assert "80 of 100 substitutions counted" in caplog.text and "left out: b (20 of 40)" in caplog.text
    assert "2 lines are no single-base substitutions" in caplog.text
    mostly = other.replace("\tC\tT\n", "\tC\tT\n", 1) + "".join(
        f"1\t{place}\t.\tC\tT\n" for place in range(2001, 2060, 2)
    )
    data = data_of(root, put(tmp_path / "more", {"a.vcf": whole, "b.vcf": mostly}))
    with pytest.raises(
        UserError, match=r"of some patients most substitutions do not agree with GRCh37: b \(20 of 70\)"
    ):
        own_catalogue(data, "error")


@pytest.mark.parametrize(("agrees", "refused"), [(1, False), (2, False), (3, True), (4, True)])
def test_files_of_another_genome_are_refused(root, tmp_path, generator, agrees, refused, caplog):
    """The generator skips what does not agree with the genome; one in three mutations does by chance."""
    caplog.set_level("INFO")
    text = GENERATOR.replace("line != before", f"line != before and int(start) % {agrees} == 0")
    text = text.replace("for channel in CHANNELS]", "for channel in CHANNELS[:1]]")
    text = text.replace(
        "    if sum(counts",
        "    rows += [c + chr(9) + chr(9).join('0' * len(counts)) for c in CHANNELS[1:]]\n    if sum(counts",
    )
    script = next(tmp_path.glob("site/*/scripts/*Func.py"))
    script.write_text(text)
    data = data_of(root, put(tmp_path / "in", {"a.vcf": vcf(60), "b.vcf": vcf(60)}))
    if not refused:
        assert own_catalogue(data, "error")[1].matrix.sum() == 120 / agrees
        said = "left out: a (30 of 60), b (30 of 60)"
        assert f"{120 // agrees} of 120 substitutions counted" in caplog.text and (said in caplog.text) == (agrees == 2)
        return
    with pytest.raises(
        UserError, match=f"{120 // agrees} of 120 substitutions were counted; the others do not agree with GRCh37"
    ):
        own_catalogue(data, "error")
