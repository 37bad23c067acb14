from ladder.chapter import gradients


def test_the_gradient_of_a_square_is_exactly_six():
    assert gradients.value_and_gradient(gradients.square, 3.0) == {"at": 3.0, "value": 9.0, "gradient": 6.0}


def test_the_gradient_of_a_sum_of_squares_is_one_slope_an_input():
    example = gradients.value_and_gradient(gradients.square, [3.0, 4.0, 10.0])
    assert example == {"at": [3.0, 4.0, 10.0], "value": 125.0, "gradient": [6.0, 8.0, 20.0]}
