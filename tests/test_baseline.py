def test_london_is_counted(cli, world):
    done = cli("london_baseline.py")
    assert (done.returncode, done.stdout) == (0, "Correct: 0 out of 4: 0.0%\n")
    done = cli("london_baseline.py", "birth_places_train.tsv")
    assert done.stdout == f"Correct: 1 out of 6: {100 / 6}%\n"


def test_a_file_without_answers_is_refused_in_one_line(cli):
    for path in ["birth_test_inputs.tsv", "nowhere.tsv"]:
        done = cli("london_baseline.py", path)
        assert done.returncode == 2 and done.stdout == ""
        assert done.stderr.count("\n") == 1 and path in done.stderr
