module seatrial.dev/helper

go 1.25.0
