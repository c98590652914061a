"""The speed of training and prediction, in alternation with what it is compared with."""
